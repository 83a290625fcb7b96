import type { OperatorOrder, Piece } from "../../api/types";

/** The API takes this many pieces at a time. */
export const MOST_PIECES = 50;

/** One piece as somebody writes about it. */
export interface PieceEntry {
  line: number;
  number: number;
  mass: string;
  uin: string;
  state: "" | "hallmarked" | "refused";
}

/** The pieces to be written about: those without a record of that kind first, at most `MOST_PIECES`. */
export function piecesToRecord(order: OperatorOrder, step: "return" | "record"): PieceEntry[] {
  const known = new Map(order.pieces.map((piece) => [`${piece.line}/${piece.number}`, piece]));
  const all = order.lines.flatMap((line) =>
    Array.from({ length: line.quantity }, (_, index) => {
      const piece = known.get(`${line.line}/${index + 1}`);
      const state = piece?.assay_state;
      return {
        line: line.line,
        number: index + 1,
        mass: piece?.actual_mass_g == null ? "" : String(piece.actual_mass_g),
        uin: piece?.uin ?? "",
        state: state === "hallmarked" || state === "refused" ? state : ("" as const),
      };
    }),
  );
  const isDone = (entry: PieceEntry): boolean => (step === "return" ? entry.state !== "" : entry.mass !== "");
  return [...all.filter((entry) => !isDone(entry)), ...all.filter(isDone)].slice(0, MOST_PIECES);
}

/** A mass in grams from what somebody wrote, with either decimal sign; undefined when it is none. */
export function gramsOf(written: string): number | undefined {
  const grams = Number(written.trim().replace(",", "."));
  return written.trim() !== "" && Number.isFinite(grams) && grams > 0 ? grams : undefined;
}

/** What is said about pieces; entries left empty say nothing. */
export function recorded(entries: readonly PieceEntry[]): Piece[] {
  return entries.flatMap(({ line, number, mass, uin, state }) => {
    const grams = gramsOf(mass);
    if (grams === undefined && uin.trim() === "" && state === "") return [];
    return [{ line, number, actual_mass_g: grams ?? null, uin: uin.trim() || null, assay_state: state || null }];
  });
}
