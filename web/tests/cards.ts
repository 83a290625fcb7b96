import type { Card } from "../src/api/types";

/** A card to test with: `at` is its minute within an hour, both of its status and of its due date. */
export function cardAt(at: number, change: Partial<Card> = {}): Card {
  const minute = String(at).padStart(2, "0");
  return {
    order_id: `ord_${minute}`,
    number: minute,
    version: 10,
    status: "MANUFACTURING_APPROVED",
    status_since: `2026-11-23T12:${minute}:00Z`,
    due_at: `2026-12-14T12:${minute}:00Z`,
    lead_time: "standard",
    materials: ["silver_925"],
    finishes: ["polished"],
    lines: 1,
    pieces: 1,
    pay_minor: 50_000,
    currency: "RUB",
    owner: null,
    taken_at: null,
    hold: null,
    in_rework: false,
    at_assay: false,
    scrapped_pieces: 0,
    thumbnail: "",
    ...change,
  };
}
