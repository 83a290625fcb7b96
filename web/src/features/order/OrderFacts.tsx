import type { ReactNode } from "react";
import { useFloor } from "../../api/floor";
import { orderNumber } from "../../api/order";
import type { HoldKind, Level, OperatorOrderDetail } from "../../api/types";
import { useCatalogue } from "../../api/useCatalogue";
import { operatorName } from "../../i18n/operators";
import { useWords } from "../../i18n/useWords";
import { Mark } from "../../ui/Mark";

const TONES: Record<Level, "good" | "warn" | "bad"> = { on_time: "good", at_risk: "warn", late: "bad" };

/** What is to be made, by when, for what pay, and what is known besides. */
export function OrderFacts({ order }: { order: OperatorOrderDetail }): ReactNode {
  const { t, format, language } = useWords();
  const { me } = useFloor();
  const names = useCatalogue(language);
  const person = (id: string): string => operatorName(t, id, me.operator);
  return (
    <>
      <section aria-label={t.panel.facts}>
        <p className="card-marks">
          {order.promise ? (
            <Mark tone={TONES[order.promise.level]}>
              {`${t.promise[order.promise.level]}, ${t.promise.due(format.date(order.promise.due_at))}`}
            </Mark>
          ) : (
            <Mark tone="plain">{t.promise.none}</Mark>
          )}
          {order.stuck && <Mark tone="warn">{t.promise.stuck}</Mark>}
          {order.in_rework && <Mark tone="warn">{t.marks.rework}</Mark>}
          {order.at_assay_since && <Mark tone="plain">{t.marks.assay}</Mark>}
          {order.scrapped_pieces > 0 && <Mark tone="plain">{t.marks.scrapped(format.number(order.scrapped_pieces))}</Mark>}
        </p>
        {order.hold && (
          <p className="warning">
            <strong>{t.marks.hold(t.holdKinds[order.hold.kind as HoldKind] ?? order.hold.kind)}</strong> {order.hold.reason} (
            {t.panel.causedBy[order.hold.caused_by]}, {format.dateTime(order.hold.since)})
          </p>
        )}
        <dl className="facts">
          <dt>{t.panel.status}</dt>
          <dd>
            {t.statuses[order.status]} <span className="quiet-text">{format.dateTime(order.status_since)}</span>
          </dd>
          {order.promise?.projected_finish && order.status !== "SHIPPED" && (
            <>
              <dt>{t.promise[order.promise.level]}</dt>
              <dd>{t.promise.projected(format.date(order.promise.projected_finish))}</dd>
            </>
          )}
          {order.pay_minor !== null && (
            <>
              <dt>{t.card.pay}</dt>
              <dd>{format.money(order.pay_minor, "RUB")}</dd>
            </>
          )}
          <dt>{t.panel.owner}</dt>
          <dd>{order.owner ? person(order.owner) : t.panel.nobody}</dd>
          {order.maker && (
            <>
              <dt>{t.panel.maker}</dt>
              <dd>{person(order.maker)}</dd>
            </>
          )}
          <dt>{t.panel.leadTime}</dt>
          <dd>{order.lead_time === "express" ? t.panel.leadTimes.express : t.panel.leadTimes.standard}</dd>
          <dt>{t.panel.delivery}</dt>
          <dd>{t.panel.deliveries[order.delivery_method]}</dd>
          {order.client_reference && (
            <>
              <dt>{t.panel.reference}</dt>
              <dd>{order.client_reference}</dd>
            </>
          )}
          {order.remake_of && (
            <>
              <dt>{t.panel.remakeOf}</dt>
              <dd>{orderNumber(order.remake_of)}</dd>
            </>
          )}
          {order.shipment && (
            <>
              <dt>{t.panel.shipment}</dt>
              <dd>
                {order.shipment.carrier}, {order.shipment.tracking_number}
              </dd>
            </>
          )}
          {order.deliver_to && (
            <>
              <dt>{t.panel.recipient}</dt>
              <dd>
                {[
                  order.deliver_to.name,
                  order.deliver_to.phone,
                  order.deliver_to.address?.postal_code,
                  order.deliver_to.address?.city,
                  order.deliver_to.address?.street,
                ]
                  .filter(Boolean)
                  .join(", ")}
              </dd>
            </>
          )}
        </dl>
      </section>
      {order.issues.length > 0 && (
        <section>
          <h3>{t.panel.issues}</h3>
          <ul className="plain">
            {order.issues.map((issue) => (
              <li key={`${issue.code}/${issue.line ?? ""}`}>
                {issue.detail} <span className="quiet-text">({t.panel.mustAct[issue.must_act]})</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t.panel.lines}</h3>
        <ul className="plain">
          {order.lines.map((line) => (
            <li key={line.line}>
              {t.panel.line(String(line.line))}: {format.counted(line.quantity, t.card.pieces)}, {names.material(line.material)},{" "}
              {names.finish(line.finish)}
            </li>
          ))}
        </ul>
      </section>
      {order.pieces.length > 0 && (
        <section>
          <h3>{t.panel.pieces}</h3>
          <ul className="plain">
            {order.pieces.map((piece) => (
              <li key={`${piece.line}/${piece.number}`}>
                {[
                  t.panel.piece(String(piece.line), String(piece.number)),
                  piece.actual_mass_g != null && t.panel.mass(format.number(piece.actual_mass_g)),
                  piece.uin && `${t.panel.uin} ${piece.uin}`,
                  piece.assay_state && t.panel.assayStates[piece.assay_state],
                ]
                  .filter(Boolean)
                  .join(", ")}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
