import type { ReactNode } from "react";

/** A short word that stands out; its tone repeats in colour what it says. */
export function Mark({ tone, children }: { tone: "good" | "warn" | "bad" | "plain"; children: ReactNode }): ReactNode {
  return <span className={`mark ${tone}`}>{children}</span>;
}
