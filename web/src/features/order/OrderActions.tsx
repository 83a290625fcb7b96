import { useState, type ReactNode } from "react";
import type { Bodies, CommandName } from "../../api/commands";
import { useFloor } from "../../api/floor";
import { cardOf, orderNumber } from "../../api/order";
import type { OperatorOrderDetail } from "../../api/types";
import { useCatalogue } from "../../api/useCatalogue";
import { useCommands } from "../../api/useCommands";
import { explained } from "../../i18n/refusals";
import { useWords } from "../../i18n/useWords";
import { useNow } from "../../ui/useNow";
import { ActionDialog } from "./ActionDialog";
import { actionsFor, undoSeconds, type Action, type AskingAction } from "./actions";

/** The next steps of an order as buttons; what needs words opens a form. */
export function OrderActions({ order, onDone }: { order: OperatorOrderDetail; onDone: (said: string) => void }): ReactNode {
  const { t, language } = useWords();
  const { me, connected } = useFloor();
  const names = useCatalogue(language);
  const { run } = useCommands();
  const now = useNow(1_000);
  const [asking, setAsking] = useState<AskingAction>();
  const [sending, setSending] = useState(false);

  const precious = order.lines.some((line) => names.precious(line.material));
  const actions = actionsFor(order, me, precious, now);

  const send = async <N extends CommandName>(name: N, body: Bodies[N]): Promise<void> => {
    await run(name, order.order_id, body, cardOf(order));
    onDone(t.notices.done[name](orderNumber(order.order_id)));
  };

  const choose = async (action: Action): Promise<void> => {
    onDone("");
    if (action !== "take" && action !== "undo") return setAsking(action);
    setSending(true);
    try {
      await (action === "take" ? send("take", undefined) : send("undo", { fence: order.fence }));
    } catch (error) {
      onDone(explained(t, error, me.operator));
    } finally {
      setSending(false);
    }
  };

  return (
    <section aria-label={t.panel.actions} className="actions">
      {actions.length === 0 && <p>{t.panel.noActions}</p>}
      {actions.map((action, index) => (
        <button
          key={action}
          type="button"
          className={index === 0 ? "primary" : ""}
          disabled={!connected || sending}
          onClick={() => void choose(action)}
        >
          {action === "undo" ? t.panel.undoLeft(String(undoSeconds(order, now))) : t.commands[action]}
        </button>
      ))}
      {asking && <ActionDialog action={asking} order={order} send={send} onClose={() => setAsking(undefined)} />}
    </section>
  );
}
