export type Intent =
  | { name: "next" | "previous" | "open" | "take" | "takeNext" | "find" }
  | { name: "queue"; index: number };

/** What a key event tells, of the many things it has. */
export interface Stroke {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

// The same keys of the keyboard, whichever of the two layouts is on: о is where j is.
const LETTERS: Readonly<Record<string, Exclude<Intent["name"], "queue">>> = {
  j: "next",
  о: "next",
  k: "previous",
  л: "previous",
  t: "take",
  е: "take",
  n: "takeNext",
  т: "takeNext",
  "/": "find",
  Enter: "open",
};

/** What somebody wants by pressing a key; undefined when it is none of ours. */
export function intentOf({ key, code, ctrlKey, metaKey, altKey }: Stroke): Intent | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (/^[1-6]$/.test(key)) return { name: "queue", index: Number(key) - 1 };
  // On the Russian layout the key of the slash writes a full stop.
  if (key === "." && code === "Slash") return { name: "find" };
  const name = LETTERS[key.length === 1 ? key.toLowerCase() : key];
  return name && { name };
}
