export type Due =
  | { kind: "none" }
  | { kind: "over" | "soon" | "left"; milliseconds: number };

/** The promise is at risk from here on at the latest, however fast the work went until now. */
const SOON_MS = 48 * 3_600_000;

/** How the promised date looks at `now`, from the card alone; the open order knows its projected finish too. */
export function dueOf(dueAt: string | null, now: number): Due {
  if (dueAt === null) return { kind: "none" };
  const left = Date.parse(dueAt) - now;
  if (left < 0) return { kind: "over", milliseconds: -left };
  return { kind: left <= SOON_MS ? "soon" : "left", milliseconds: left };
}
