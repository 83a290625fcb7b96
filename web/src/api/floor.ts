import { createContext, use } from "react";
import type { RecentChanges } from "./changes";
import type { Api } from "./client";
import type { Session } from "./session";
import type { WorkInProgress } from "./types";

/** What every part of the signed-in application works with. */
export interface Floor {
  api: Api;
  session: Session;
  changes: RecentChanges;
  me: WorkInProgress;
  /** Whether the last poll was answered: without that, nothing is taken. */
  connected: boolean;
}

export const FloorContext = createContext<Floor | null>(null);

export function useFloor(): Floor {
  const floor = use(FloorContext);
  if (!floor) throw new Error("useFloor outside of a signed-in application");
  return floor;
}
