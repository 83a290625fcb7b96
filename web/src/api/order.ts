import type { Card, OperatorOrder, Queue } from "./types";

/** The number of an order as people write it: its id without the prefix. */
export function orderNumber(orderId: string): string {
  return orderId.slice(orderId.indexOf("_") + 1);
}

/** The tabs that show an order, as the board of the API sorts them. */
export function queuesOf(order: Pick<Card, "status" | "owner" | "hold">, me: string): Queue[] {
  switch (order.status) {
    case "MANUFACTURING_APPROVED":
      return order.hold ? [] : ["available"];
    case "MANUFACTURING_STARTED":
      return order.owner === me ? ["mine", "started"] : ["started"];
    case "MANUFACTURING_COMPLETED":
      return ["completed"];
    case "PACKAGING":
      return ["packaging"];
    case "SHIPPED":
      return ["shipped"];
    default:
      return [];
  }
}

/** The card of an order that a command has answered with; an order names no currency, the company's pay has one. */
export function cardOf(order: OperatorOrder, currency = "RUB"): Card {
  const distinct = (values: string[]): string[] => [...new Set(values)];
  return {
    order_id: order.order_id,
    number: orderNumber(order.order_id),
    version: order.version,
    status: order.status,
    status_since: order.status_since,
    due_at: order.promise?.due_at ?? null,
    lead_time: order.lead_time === "express" ? "express" : "standard",
    materials: distinct(order.lines.map((line) => line.material)),
    finishes: distinct(order.lines.map((line) => line.finish)),
    lines: order.lines.length,
    pieces: order.quantity,
    pay_minor: order.pay_minor ?? 0,
    currency,
    owner: order.owner,
    taken_at: order.taken_at,
    hold: order.hold && { kind: order.hold.kind as NonNullable<Card["hold"]>["kind"], reason: order.hold.reason, since: order.hold.since },
    in_rework: order.in_rework,
    at_assay: order.at_assay_since !== null,
    scrapped_pieces: order.scrapped_pieces,
    thumbnail: "",
  };
}

/** The card as it will be if a take succeeds. */
export function takenCard(card: Card, me: string, now: Date): Card {
  const moment = now.toISOString();
  return {
    ...card,
    version: card.version + 1,
    status: "MANUFACTURING_STARTED",
    status_since: moment,
    taken_at: moment,
    owner: me,
  };
}
