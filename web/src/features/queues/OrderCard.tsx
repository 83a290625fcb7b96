import type { ReactNode } from "react";
import { useFloor } from "../../api/floor";
import type { Card } from "../../api/types";
import { useCatalogue } from "../../api/useCatalogue";
import { operatorName } from "../../i18n/operators";
import { useWords } from "../../i18n/useWords";
import { Mark } from "../../ui/Mark";
import { dueOf } from "./due";

interface Props {
  card: Card;
  now: number;
  /** A take of this order is on its way. */
  taking: boolean;
  onOpen: (card: Card) => void;
  onTake: (card: Card) => void;
}

/** What somebody needs to know before taking an order. */
export function OrderCard({ card, now, taking, onOpen, onTake }: Props): ReactNode {
  const { t, format, language } = useWords();
  const { connected, me } = useFloor();
  const names = useCatalogue(language);
  const { number } = card;
  return (
    <article className="card">
      <div className="card-what">
        <button type="button" className="card-number" data-order={card.order_id} onClick={() => onOpen(card)}>
          {t.card.open(number)}
        </button>
        <p className="card-materials">
          {card.materials.map(names.material).join(", ")} · {card.finishes.map(names.finish).join(", ")}
        </p>
        <p className="card-marks">
          <DueMark card={card} now={now} />
          {card.lead_time === "express" && <Mark tone="warn">{t.card.express}</Mark>}
          {card.hold && <Mark tone="bad">{t.marks.hold(t.holdKinds[card.hold.kind])}</Mark>}
          {card.in_rework && <Mark tone="warn">{t.marks.rework}</Mark>}
          {card.at_assay && <Mark tone="plain">{t.marks.assay}</Mark>}
          {card.scrapped_pieces > 0 && <Mark tone="plain">{t.marks.scrapped(format.number(card.scrapped_pieces))}</Mark>}
          {card.status === "MANUFACTURING_STARTED" && card.owner && (
            <Mark tone="plain">
              {card.owner === me.operator ? t.card.yours : t.card.with(operatorName(t, card.owner, me.operator))}
            </Mark>
          )}
        </p>
      </div>
      <p className="card-amount">
        <span className="card-pay">
          <span className="quiet-text">{t.card.pay}</span> {format.money(card.pay_minor, card.currency)}
        </span>
        <span>{format.counted(card.pieces, t.card.pieces)}</span>
        {card.lines > 1 && <span className="quiet-text">{format.counted(card.lines, t.card.lines)}</span>}
      </p>
      {card.status === "MANUFACTURING_APPROVED" && (
        <button
          type="button"
          className="primary card-take"
          aria-label={t.card.takeOrder(number)}
          disabled={!connected || taking}
          onClick={() => onTake(card)}
        >
          {taking ? t.card.taking : t.card.take}
        </button>
      )}
    </article>
  );
}

function DueMark({ card, now }: { card: Card; now: number }): ReactNode {
  const { t, format } = useWords();
  // What has left the house keeps no date any more.
  if (card.status === "SHIPPED" || card.due_at === null) return null;
  const due = dueOf(card.due_at, now);
  const date = t.promise.due(format.date(card.due_at));
  switch (due.kind) {
    case "over":
      return <Mark tone="bad">{`${t.promise.late}: ${t.promise.over(format.span(due.milliseconds))}, ${date}`}</Mark>;
    case "soon":
      return <Mark tone="warn">{`${t.promise.at_risk}: ${t.promise.left(format.span(due.milliseconds))}, ${date}`}</Mark>;
    case "left":
      return <Mark tone="good">{`${t.promise.left(format.span(due.milliseconds))}, ${date}`}</Mark>;
    default:
      return null;
  }
}
