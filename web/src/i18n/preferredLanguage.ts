import type { Language } from "./format";

/** The language somebody chose on this device, or the first of the browser's that we speak. */
export function preferredLanguage(chosen: string | null, offered: readonly string[]): Language {
  const known = [chosen, ...offered].map((tag) => tag?.slice(0, 2).toLowerCase());
  return known.find((tag): tag is Language => tag === "en" || tag === "ru") ?? "en";
}
