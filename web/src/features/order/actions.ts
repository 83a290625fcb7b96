import type { OperatorOrder, WorkInProgress } from "../../api/types";

export type Action =
  | "take"
  | "undo"
  | "complete"
  | "pack"
  | "ship"
  | "assayReturn"
  | "assaySend"
  | "assayRecord"
  | "unhold"
  | "hold"
  | "rework"
  | "scrap"
  | "release";

/** Those that ask for a word first; a take and its undoing are one tap. */
export type AskingAction = Exclude<Action, "take" | "undo">;

const BEFORE_SHIPPED = new Set<OperatorOrder["status"]>([
  "MANUFACTURING_APPROVED",
  "MANUFACTURING_STARTED",
  "MANUFACTURING_COMPLETED",
  "PACKAGING",
]);

/** Seconds for which a take can still be undone; 0 when it cannot. */
export function undoSeconds(order: OperatorOrder, now: number): number {
  return order.undo_until === null ? 0 : Math.max(0, Math.ceil((Date.parse(order.undo_until) - now) / 1000));
}

/**
 * What `me` may do with an order now, the next step first.
 *
 * The API decides; this is what is worth offering. `precious` says whether its pieces are hallmarked at all.
 */
export function actionsFor(order: OperatorOrder, me: WorkInProgress, precious: boolean, now: number): Action[] {
  const isMine = order.owner === me.operator || me.is_foreman;
  const isHeld = order.hold !== null;
  const isOut = order.at_assay_since !== null;
  const actions: Action[] = [];
  const offer = (action: Action, when: boolean): void => {
    if (when) actions.push(action);
  };
  switch (order.status) {
    case "MANUFACTURING_APPROVED":
      offer("take", !isHeld);
      break;
    case "MANUFACTURING_STARTED":
      if (!isMine) break;
      offer("complete", !isHeld && !isOut);
      offer("undo", undoSeconds(order, now) > 0);
      offer("assayReturn", isOut);
      offer("assaySend", precious && !isHeld && !isOut);
      offer("assayRecord", precious);
      offer("scrap", true);
      offer("release", true);
      break;
    case "MANUFACTURING_COMPLETED":
      offer("pack", !isHeld);
      offer("rework", !isHeld && order.maker !== null);
      break;
    case "PACKAGING":
      offer("ship", !isHeld);
      offer("rework", !isHeld && order.maker !== null);
      break;
    default:
  }
  offer("unhold", BEFORE_SHIPPED.has(order.status) && isHeld);
  offer("hold", BEFORE_SHIPPED.has(order.status) && !isHeld);
  return actions;
}
