import { beforeEach, describe, expect, it, vi } from "vitest";
import { changed, changedCounts, RecentChanges } from "../src/api/changes";
import { queuesOf, takenCard } from "../src/api/order";
import { cardAt } from "./cards";

const ME = "me";
const COUNTS = { available: 2, mine: 0, started: 4 };
const now = new Date("2026-11-23T13:00:00Z");
const shown = (changes: RecentChanges, queue: "available" | "mine", cards = [cardAt(20), cardAt(10)]): string[] =>
  changed(cards, changes.current(), queue, "newest", true).map((card) => card.number);

describe("a take", () => {
  let changes: RecentChanges;
  beforeEach(() => {
    vi.useFakeTimers({ now });
    changes = new RecentChanges();
    changes.expect(cardAt(20), takenCard(cardAt(20), ME, now), ME, COUNTS);
  });

  it("is shown before the answer", () => {
    expect(shown(changes, "available")).toEqual(["10"]);
    expect(shown(changes, "mine", [])).toEqual(["20"]);
  });

  it("that was lost leaves everything as it was", () => {
    changes.drop("ord_20");
    expect(shown(changes, "available")).toEqual(["20", "10"]);
    expect(shown(changes, "mine", [])).toEqual([]);
  });

  it("outlives a board that lags, and not one that knows better", () => {
    changes.settle(cardAt(20), takenCard(cardAt(20), ME, now), ME, COUNTS);
    expect(shown(changes, "available")).toEqual(["10"]);
    expect(shown(changes, "available", [cardAt(20, { version: 12 }), cardAt(10)])).toEqual(["20", "10"]);
  });

  it("is forgotten when the board has had time to follow", () => {
    changes.settle(cardAt(20), takenCard(cardAt(20), ME, now), ME, COUNTS);
    vi.advanceTimersByTime(10_001);
    expect(changes.current().size).toBe(0);
  });

  it("counts until the board counts it", () => {
    const taken = { available: 1, mine: 1, started: 5 };
    expect(changedCounts(COUNTS, changes.current())).toMatchObject(taken);
    changes.settle(cardAt(20), takenCard(cardAt(20), ME, now), ME, COUNTS);
    expect(changedCounts(COUNTS, changes.current())).toMatchObject(taken);
    expect(changedCounts(taken, changes.current())).toMatchObject(taken);
  });
});

describe("an order", () => {
  it("is in the queues in which the board has it", () => {
    const started = cardAt(1, { status: "MANUFACTURING_STARTED", owner: ME });
    const hold = { kind: "quality" as const, reason: "a crack", since: "2026-11-23T12:00:00Z" };
    expect(queuesOf(cardAt(1), ME)).toEqual(["available"]);
    expect(queuesOf(cardAt(1, { hold }), ME)).toEqual([]);
    expect(queuesOf(started, ME)).toEqual(["mine", "started"]);
    expect(queuesOf(started, "another")).toEqual(["started"]);
    expect(queuesOf(cardAt(1, { status: "CLOSED" }), ME)).toEqual([]);
  });
});
