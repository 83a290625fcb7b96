import { useState, type ReactNode } from "react";
import { useWords } from "../../i18n/useWords";
import { orderIdOf } from "./orderIdOf";

/** Opens an order by its number, whichever queue it is in. */
export function FindOrder({ id, onFind }: { id: string; onFind: (orderId: string) => void }): ReactNode {
  const { t } = useWords();
  const [written, setWritten] = useState("");
  const orderId = orderIdOf(written);
  return (
    <search>
      <form
        className="find"
        onSubmit={(event) => {
          event.preventDefault();
          if (!orderId) return;
          setWritten("");
          onFind(orderId);
        }}
      >
        <input
          id={id}
          type="search"
          value={written}
          placeholder={t.find.hint}
          aria-label={t.find.label}
          autoComplete="off"
          spellCheck={false}
          maxLength={80}
          onChange={(event) => setWritten(event.target.value)}
        />
        <button type="submit" disabled={!orderId}>
          {t.find.button}
        </button>
      </form>
    </search>
  );
}
