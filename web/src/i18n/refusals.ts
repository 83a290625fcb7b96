import { Refused } from "../api/problems";
import { SignedOut } from "../api/session";
import type { Messages } from "./en";
import { operatorName } from "./operators";

/** What to tell somebody whose command or question did not succeed. */
export function explained(t: Messages, error: unknown, me: string): string {
  if (error instanceof SignedOut) return t.problems.sessionEnded;
  if (!(error instanceof Refused)) return t.problems.noAnswer;
  if (error.code === "order.already_taken") {
    const { owner } = error.problem;
    return owner === me ? t.problems.alreadyYours : t.problems.takenBy(operatorName(t, owner ?? "", me));
  }
  if (error.status === 404) return t.problems.notFound;
  return t.problems.byCode[error.code] ?? t.problems.other(error.message);
}
