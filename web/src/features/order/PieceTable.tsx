import type { ReactNode } from "react";
import { useWords } from "../../i18n/useWords";
import type { PieceEntry } from "./assay";

interface Props {
  entries: PieceEntry[];
  step: "return" | "record";
  onChange: (entries: PieceEntry[]) => void;
}

/** What is known of each piece, to be filled in. */
export function PieceTable({ entries, step, onChange }: Props): ReactNode {
  const { t } = useWords();
  const put = (at: number, change: Partial<PieceEntry>): void =>
    onChange(entries.map((entry, index) => (index === at ? { ...entry, ...change } : entry)));
  return (
    <ul className="pieces">
      {entries.map((entry, at) => {
        const name = t.panel.piece(String(entry.line), String(entry.number));
        return (
          <li key={`${entry.line}/${entry.number}`}>
            <span>{name}</span>
            {step === "record" ? (
              <input
                aria-label={`${name}: ${t.details.mass_g}`}
                placeholder={t.details.mass_g}
                inputMode="decimal"
                autoComplete="off"
                maxLength={12}
                value={entry.mass}
                onChange={(event) => put(at, { mass: event.target.value })}
              />
            ) : (
              <>
                <select
                  aria-label={`${name}: ${t.forms.assayState}`}
                  value={entry.state}
                  onChange={(event) => put(at, { state: event.target.value as PieceEntry["state"] })}
                >
                  <option value="">{t.forms.unknown}</option>
                  <option value="hallmarked">{t.panel.assayStates.hallmarked}</option>
                  <option value="refused">{t.panel.assayStates.refused}</option>
                </select>
                <input
                  aria-label={`${name}: ${t.panel.uin}`}
                  placeholder={t.panel.uin}
                  autoComplete="off"
                  maxLength={60}
                  value={entry.uin}
                  onChange={(event) => put(at, { uin: event.target.value })}
                />
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}
