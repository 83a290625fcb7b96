import { createContext, use, useCallback, useMemo, useRef, useState, type ReactNode } from "react";

export interface Notice {
  text: string;
  tone: "good" | "bad";
  actions?: { label: string; run: () => void }[];
  /** How long it stays, in ms; what somebody must know stays until dismissed. */
  stays?: number;
}

interface Shown extends Notice {
  id: number;
}

const NoticesContext = createContext<((notice: Notice) => void) | null>(null);

const MOST = 3;

interface Props {
  label: string;
  closeLabel: string;
  children: ReactNode;
}

/** Says what has happened: at the foot of the page, and to screen readers. */
export function NoticesProvider({ label, closeLabel, children }: Props): ReactNode {
  const [shown, setShown] = useState<Shown[]>([]);
  const last = useRef(0);
  const dismiss = useCallback((id: number) => setShown((all) => all.filter((notice) => notice.id !== id)), []);
  const tell = useCallback(
    (notice: Notice) => {
      const id = ++last.current;
      setShown((all) => [...all, { ...notice, id }].slice(-MOST));
      if (notice.stays) setTimeout(() => dismiss(id), notice.stays);
    },
    [dismiss],
  );
  const list = useMemo(
    () => (
      <div className="notices" role="region" aria-label={label}>
        <div role="status" aria-live="polite">
          {shown.map(({ id, text, tone, actions }) => (
            <div key={id} className={`notice ${tone}`}>
              <p>{text}</p>
              {actions?.map((action) => (
                <button
                  key={action.label}
                  type="button"
                  onClick={() => {
                    dismiss(id);
                    action.run();
                  }}
                >
                  {action.label}
                </button>
              ))}
              <button type="button" className="quiet icon" aria-label={closeLabel} onClick={() => dismiss(id)}>
                ×
              </button>
            </div>
          ))}
        </div>
      </div>
    ),
    [shown, label, closeLabel, dismiss],
  );
  return (
    <NoticesContext value={tell}>
      {children}
      {list}
    </NoticesContext>
  );
}

/** Tell somebody something. */
export function useTell(): (notice: Notice) => void {
  const tell = use(NoticesContext);
  if (!tell) throw new Error("useTell outside of NoticesProvider");
  return tell;
}
