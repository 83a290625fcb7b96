import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Messages } from "./en";
import { formatOf, type Format, type Language } from "./format";
import { preferredLanguage } from "./preferredLanguage";

interface Words {
  language: Language;
  /** The sentences of the language. */
  t: Messages;
  format: Format;
  switchLanguage(): void;
}

const CHOICE = "alexandrite.language";

/** A language costs its own dictionary only. */
const DICTIONARIES: Record<Language, () => Promise<Messages>> = {
  en: async () => (await import("./en")).en,
  ru: async () => (await import("./ru")).ru,
};

const WordsContext = createContext<Words | null>(null);

/** Speaks the language of this device, and another when somebody switches; shows nothing until it can speak. */
export function WordsProvider({ children }: { children: ReactNode }): ReactNode {
  const [spoken, setSpoken] = useState<{ language: Language; t: Messages }>();
  const speak = useCallback(async (language: Language) => {
    setSpoken({ language, t: await DICTIONARIES[language]() });
  }, []);
  useEffect(() => void speak(preferredLanguage(localStorage.getItem(CHOICE), navigator.languages)), [speak]);
  useEffect(() => {
    if (!spoken) return;
    document.documentElement.lang = spoken.language;
    document.title = spoken.t.title;
  }, [spoken]);
  const words = useMemo(
    () =>
      spoken && {
        ...spoken,
        format: formatOf(spoken.language),
        switchLanguage: () => {
          const other = spoken.language === "en" ? "ru" : "en";
          localStorage.setItem(CHOICE, other);
          void speak(other);
        },
      },
    [spoken, speak],
  );
  return words && <WordsContext value={words}>{children}</WordsContext>;
}

export function useWords(): Words {
  const words = use(WordsContext);
  if (!words) throw new Error("useWords outside of WordsProvider");
  return words;
}
