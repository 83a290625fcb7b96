import type { Problem } from "./types";

/** The API understood and refused, or failed; its problem document says why. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem> & { owner?: string },
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "Refused";
  }

  get code(): string {
    return this.problem.code ?? "";
  }
}

/** Whether asking again, under the same key, may succeed: no answer came, or the server was not able to give one. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refused ? error.status >= 500 || error.status === 429 : true;
}
