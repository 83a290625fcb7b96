import { beforeEach, describe, expect, it, vi } from "vitest";
import { changed, changedCounts, RecentChanges } from "../src/api/changes";
import { queuesOf, takenCard } from "../src/api/order";
import { cardAt } from "./cards";

const ME = "me";
const now = new Date("2026-11-23T13:00:00Z");
const shown = (changes: RecentChanges, queue: "available" | "mine", cards = [cardAt(20), cardAt(10)]): string[] =>
  changed(cards, changes.current(), queue, "newest", true).map((card) => card.number);

describe("a take", () => {
  let changes: RecentChanges;
  beforeEach(() => {
    vi.useFakeTimers({ now });
    changes = new RecentChanges();
    changes.expect(cardAt(20), takenCard(cardAt(20), ME, now), ME);
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
    changes.settle(cardAt(20), takenCard(cardAt(20), ME, now), ME);
    expect(shown(changes, "available")).toEqual(["10"]);
    expect(shown(changes, "available", [cardAt(20, { version: 12 }), cardAt(10)])).toEqual(["20", "10"]);
  });

  it("is forgotten when the board has had time to follow", () => {
    changes.settle(cardAt(20), takenCard(cardAt(20), ME, now), ME);
    vi.advanceTimersByTime(10_001);
    expect(changes.current().size).toBe(0);
  });

  it("counts until the board counts it", () => {
    const counts = { available: 2, mine: 0, started: 4 };
    const asOf = now.getTime();
    expect(changedCounts(counts, changes.current(), asOf)).toMatchObject({ available: 1, mine: 1, started: 5 });
    changes.settle(cardAt(20), takenCard(cardAt(20), ME, now), ME);
    expect(changedCounts(counts, changes.current(), asOf + 500)).toMatchObject({ available: 1, mine: 1, started: 5 });
    const later = { available: 1, mine: 1, started: 5 };
    expect(changedCounts(later, changes.current(), asOf + 2_500)).toMatchObject(later);
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
