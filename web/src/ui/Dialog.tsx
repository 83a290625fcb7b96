import { useEffect, useId, useRef, type ReactNode } from "react";

interface Props {
  title: string;
  closeLabel: string;
  onClose: () => void;
  /** `panel` lies at the right edge, over its full height. */
  kind?: "panel" | "box";
  children: ReactNode;
}

/** A native modal dialog, open for as long as it is rendered; Escape and the close button end it. */
export function Dialog({ title, closeLabel, onClose, kind = "box", children }: Props): ReactNode {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className={`dialog ${kind}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        if (event.target !== element.current) return;
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" className="quiet icon" onClick={onClose} aria-label={closeLabel}>
            ×
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
