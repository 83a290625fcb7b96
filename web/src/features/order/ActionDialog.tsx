import { useState, type ReactNode } from "react";
import type { Bodies, CommandName } from "../../api/commands";
import { useFloor } from "../../api/floor";
import type { HoldKind, OperatorOrder } from "../../api/types";
import { explained } from "../../i18n/refusals";
import { useWords } from "../../i18n/useWords";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import type { AskingAction } from "./actions";
import { gramsOf, piecesToRecord, recorded, type PieceEntry } from "./assay";
import { PieceTable } from "./PieceTable";

type Send = <N extends CommandName>(name: N, body: Bodies[N]) => Promise<void>;

interface Props {
  action: AskingAction;
  order: OperatorOrder;
  send: Send;
  onClose: () => void;
}

/** A design changes by what its seller proposes, so an operator does not ask for that kind. */
const HOLD_KINDS: readonly HoldKind[] = ["question", "payment", "material", "machine", "quality"];

const MOST_SCRAPPED = 50_000;

/** Asks for what a command needs beside the order, and stays open with the reason when it is refused. */
export function ActionDialog({ action, order, send, onClose }: Props): ReactNode {
  const { t } = useWords();
  const { me, connected } = useFloor();
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState("");
  const [checked, setChecked] = useState(false);
  const form = useForm(action, order);

  const submit = async (): Promise<void> => {
    setChecked(true);
    if (!form.ready) return;
    setSending(true);
    setRefusal("");
    try {
      await form.submit(send);
      onClose();
    } catch (error) {
      setRefusal(explained(t, error, me.operator));
      setSending(false);
    }
  };

  return (
    <Dialog title={t.commands[action]} closeLabel={t.panel.close} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {form.fields(checked)}
        {refusal && (
          <p role="alert" className="field-error">
            {refusal}
          </p>
        )}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            {t.forms.cancel}
          </button>
          <button type="submit" className="primary" disabled={sending || !connected}>
            {sending ? t.forms.sending : t.commands[action]}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface Form {
  ready: boolean;
  fields: (checked: boolean) => ReactNode;
  submit: (send: Send) => Promise<void>;
}

/** The fields of one command, and how what they hold is sent. */
function useForm(action: Props["action"], order: OperatorOrder): Form {
  const { t, format } = useWords();
  const [reason, setReason] = useState("");
  const [pieces, setPieces] = useState("1");
  const [mass, setMass] = useState("");
  const [carrier, setCarrier] = useState("");
  const [tracking, setTracking] = useState("");
  const [kind, setKind] = useState<HoldKind>("question");
  const [cause, setCause] = useState<"buyer" | "company">("company");
  const [entries, setEntries] = useState<PieceEntry[]>(() =>
    piecesToRecord(order, action === "assayReturn" ? "return" : "record"),
  );
  const { fence } = order;

  const reasonField = (checked: boolean): ReactNode => (
    <Field label={t.forms.reason} error={checked && !reason.trim() ? t.forms.required : undefined}>
      {(id, described) => (
        <textarea
          id={id}
          aria-describedby={described}
          aria-invalid={described !== undefined}
          rows={3}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      )}
    </Field>
  );
  const textField = (label: string, value: string, set: (value: string) => void, error: string | undefined, numeric = false) => (
    <Field label={label} error={error}>
      {(id, described) => (
        <input
          id={id}
          aria-describedby={described}
          aria-invalid={described !== undefined}
          inputMode={numeric ? "decimal" : "text"}
          autoComplete="off"
          maxLength={60}
          value={value}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </Field>
  );
  const question = (text: string, submit: Form["submit"]): Form => ({ ready: true, fields: () => <p>{text}</p>, submit });

  switch (action) {
    case "complete":
      return question(t.forms.completeQuestion, (send) => send("complete", { fence }));
    case "pack":
      return question(t.forms.packQuestion, (send) => send("pack", undefined));
    case "unhold":
      return question(t.forms.unholdQuestion, (send) => send("unhold", undefined));
    case "assaySend":
      return question(t.forms.assaySendQuestion, (send) => send("assay", { fence, step: "send", pieces: [] }));
    case "release":
      return {
        ready: reason.trim() !== "",
        fields: reasonField,
        submit: (send) => send("release", { fence, reason: reason.trim() }),
      };
    case "rework":
      return {
        ready: reason.trim() !== "",
        fields: reasonField,
        submit: (send) => send("rework", { reason: reason.trim(), operator: null }),
      };
    case "scrap": {
      const count = /^[0-9]{1,5}$/.test(pieces.trim()) ? Number(pieces) : 0;
      const grams = gramsOf(mass);
      const isCount = count >= 1 && count <= MOST_SCRAPPED;
      return {
        ready: isCount && grams !== undefined && reason.trim() !== "",
        fields: (checked) => (
          <>
            {textField(t.forms.pieces, pieces, setPieces, checked && !isCount ? t.forms.piecesInvalid(format.number(MOST_SCRAPPED)) : undefined, true)}
            {textField(t.forms.mass, mass, setMass, checked && grams === undefined ? t.forms.massInvalid : undefined, true)}
            {reasonField(checked)}
          </>
        ),
        submit: (send) => send("scrap", { fence, pieces: count, mass_g: grams ?? 0, reason: reason.trim() }),
      };
    }
    case "ship": {
      const isNumber = /^[A-Za-z0-9-]{4,40}$/.test(tracking.trim());
      return {
        ready: carrier.trim() !== "" && isNumber,
        fields: (checked) => (
          <>
            {textField(t.forms.carrier, carrier, setCarrier, checked && !carrier.trim() ? t.forms.required : undefined)}
            {textField(t.forms.tracking, tracking, setTracking, checked && !isNumber ? t.forms.trackingInvalid : undefined)}
          </>
        ),
        submit: (send) => send("ship", { carrier: carrier.trim(), tracking_number: tracking.trim() }),
      };
    }
    case "hold":
      return {
        ready: reason.trim() !== "",
        fields: (checked) => (
          <>
            <Field label={t.forms.kind}>
              {(id) => (
                <select id={id} value={kind} onChange={(event) => setKind(event.target.value as HoldKind)}>
                  {HOLD_KINDS.map((name) => (
                    <option key={name} value={name}>
                      {t.holdKinds[name]}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label={t.forms.causedBy}>
              {(id) => (
                <select id={id} value={cause} onChange={(event) => setCause(event.target.value as "buyer" | "company")}>
                  {(["company", "buyer"] as const).map((name) => (
                    <option key={name} value={name}>
                      {t.panel.causedBy[name]}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {reasonField(checked)}
          </>
        ),
        submit: (send) => send("hold", { kind, caused_by: cause, reason: reason.trim() }),
      };
    case "assayReturn":
    case "assayRecord": {
      const step = action === "assayReturn" ? "return" : "record";
      const said = recorded(entries);
      const isMass = entries.every(({ mass: written }) => !written.trim() || gramsOf(written) !== undefined);
      return {
        ready: isMass && (step === "return" || said.length > 0),
        fields: (checked) => (
          <>
            <p>{step === "return" ? t.forms.assayReturnHint : t.forms.assayRecordHint}</p>
            {order.quantity > entries.length && (
              <p>{t.forms.firstPieces(format.number(entries.length), format.number(order.quantity))}</p>
            )}
            <PieceTable entries={entries} step={step} onChange={setEntries} />
            {checked && !isMass && <p className="field-error">{t.forms.massInvalid}</p>}
            {checked && isMass && step === "record" && said.length === 0 && (
              <p className="field-error">{t.forms.required}</p>
            )}
          </>
        ),
        submit: (send) => send("assay", { fence, step, pieces: said }),
      };
    }
  }
}
