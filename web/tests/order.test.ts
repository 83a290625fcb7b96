import { describe, expect, it } from "vitest";
import type { OperatorOrder, WorkInProgress } from "../src/api/types";
import { actionsFor, undoSeconds } from "../src/features/order/actions";
import { gramsOf, piecesToRecord, recorded } from "../src/features/order/assay";

const me: WorkInProgress = { operator: "me", is_foreman: false, orders: 1, pieces: 3, limit_orders: 5, limit_pieces: 20 };
const now = Date.parse("2026-11-23T12:00:30Z");

const order = (change: Partial<OperatorOrder> = {}): OperatorOrder => ({
  order_id: "ord_1",
  version: 7,
  status: "MANUFACTURING_STARTED",
  status_since: "2026-11-23T12:00:00Z",
  created_at: "2026-11-20T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  client_reference: null,
  lines: [{ line: 1, model: "mdl_1", material: "silver_925", finish: "polished", quantity: 3 }],
  quantity: 3,
  lead_time: "standard",
  pay_minor: 50_000,
  promise: null,
  stuck: false,
  owner: "me",
  maker: null,
  taken_at: "2026-11-23T12:00:00Z",
  undo_until: "2026-11-23T12:01:00Z",
  fence: 7,
  hold: null,
  issues: [],
  in_rework: false,
  at_assay_since: null,
  pieces: [],
  scrapped_pieces: 0,
  delivery_method: "courier",
  shipment: null,
  remake_of: null,
  ...change,
});
const hold = { kind: "quality", reason: "a crack", caused_by: "company" as const, since: "2026-11-23T12:00:00Z" };

describe("what is offered", () => {
  it("to the owner of a fresh take includes its undoing, and that ends", () => {
    expect(actionsFor(order(), me, true, now).slice(0, 2)).toEqual(["complete", "undo"]);
    expect(undoSeconds(order(), now)).toBe(30);
    expect(actionsFor(order(), me, true, now + 31_000)).not.toContain("undo");
  });

  it("does not complete what is on hold or out for hallmarking", () => {
    expect(actionsFor(order({ hold }), me, true, now)).not.toContain("complete");
    const out = actionsFor(order({ at_assay_since: "2026-11-23T12:00:00Z", undo_until: null }), me, true, now);
    expect(out[0]).toBe("assayReturn");
    expect(out).not.toContain("complete");
  });

  it("sends no pieces to the assay office that are not hallmarked", () => {
    expect(actionsFor(order(), me, false, now)).not.toContain("assaySend");
  });

  it("leaves another's order alone, but not to a foreman", () => {
    expect(actionsFor(order({ owner: "another" }), me, true, now)).toEqual(["hold"]);
    expect(actionsFor(order({ owner: "another" }), { ...me, is_foreman: true }, true, now)).toContain("release");
  });

  it("is the next step of every status", () => {
    const first = (status: OperatorOrder["status"]) => actionsFor(order({ status, maker: "me" }), me, true, now)[0];
    expect(first("MANUFACTURING_APPROVED")).toBe("take");
    expect(first("MANUFACTURING_COMPLETED")).toBe("pack");
    expect(first("PACKAGING")).toBe("ship");
    expect(first("SHIPPED")).toBeUndefined();
    expect(actionsFor(order({ status: "PACKAGING", hold }), me, true, now)).toEqual(["unhold"]);
  });
});

describe("pieces", () => {
  it("without a record come first, and no more than the API takes", () => {
    const known = order({ pieces: [{ line: 1, number: 1, actual_mass_g: 4.1, uin: null, assay_state: null }] });
    expect(piecesToRecord(known, "record").map(({ number }) => number)).toEqual([2, 3, 1]);
    const many = order({ lines: [{ ...order().lines[0]!, quantity: 120 }], quantity: 120 });
    expect(piecesToRecord(many, "return")).toHaveLength(50);
  });

  it("about which nothing was said are not sent", () => {
    const [one, two, three] = piecesToRecord(order(), "record");
    expect(recorded([{ ...one!, mass: "4,25" }, { ...two!, uin: " 643A " }, three!])).toEqual([
      { line: 1, number: 1, actual_mass_g: 4.25, uin: null, assay_state: null },
      { line: 1, number: 2, actual_mass_g: null, uin: "643A", assay_state: null },
    ]);
  });

  it.each([["4.25", 4.25], ["4,25", 4.25], [" 4 ", 4], ["0", undefined], ["-1", undefined], ["", undefined], ["x", undefined]])(
    "weigh %j as %j grams",
    (written, grams) => expect(gramsOf(written)).toBe(grams),
  );
});
