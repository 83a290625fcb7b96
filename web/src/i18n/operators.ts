import type { Messages } from "./en";

/** Six characters that stand for an operator on every screen, their own included. */
export function operatorTag(id: string): string {
  return id.replaceAll("-", "").slice(0, 6).toUpperCase();
}

/** An operator as `me` speaks of them. */
export function operatorName(t: Messages, id: string, me: string): string {
  return id === me ? t.you : t.operator(operatorTag(id));
}
