import { useEffect, useRef } from "react";
import { intentOf, type Intent } from "./keys";

const CHOICE = "alexandrite.shortcuts";

export function shortcutsAreOn(): boolean {
  return localStorage.getItem(CHOICE) !== "off";
}

export function turnShortcuts(on: boolean): void {
  localStorage.setItem(CHOICE, on ? "on" : "off");
}

/** Act on single keys while nobody writes or has a dialog open; `act` says whether the key was its own. */
export function useShortcuts(act: (intent: Intent) => boolean): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || !shortcutsAreOn() || document.querySelector("dialog[open]")) return;
      const target = event.target as HTMLElement;
      if (target.closest("input, select, textarea")) return;
      if (event.key === "Enter" && target.closest("button, a")) return; // theirs already
      const intent = intentOf(event);
      if (intent && latest.current(intent)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
