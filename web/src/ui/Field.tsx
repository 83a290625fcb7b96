import { useId, type ReactNode } from "react";

interface Props {
  label: string;
  error?: string | undefined;
  /** Renders the control under the id that the label names; `described` is the id of the error, when there is one. */
  children: (id: string, described: string | undefined) => ReactNode;
}

/** A labelled control with its fault under it. */
export function Field({ label, error, children }: Props): ReactNode {
  const id = useId();
  const described = error ? `${id}-error` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, described)}
      {error && (
        <p className="field-error" id={described}>
          {error}
        </p>
      )}
    </div>
  );
}
