import { describe, expect, it } from "vitest";
import { compare, HEAD, markAt, nextMark, withPage, type Listing } from "../src/api/listing";
import type { Card, QueuePage } from "../src/api/types";
import { cardAt } from "./cards";

const page = (cards: Card[], next_cursor: string | null = null): QueuePage => ({
  items: cards,
  next_cursor,
  as_of: "2026-11-23T13:00:00Z",
});
const minutes = (listing: Listing): number[] => listing.cards.map((card) => Number(card.number));
const at = (...all: number[]): Card[] => all.map((minute) => cardAt(minute));

const twoPages = (): Listing => {
  const head = withPage(undefined, page(at(50, 40, 30), "c1"), HEAD, "newest");
  return withPage(head, page(at(20, 10), "c2"), nextMark(head)!, "newest");
};

describe("a listing", () => {
  it("continues where the last page ended", () => {
    expect(minutes(twoPages())).toEqual([50, 40, 30, 20, 10]);
    expect(nextMark(twoPages())).toMatchObject({ cursor: "c2", after: cardAt(10) });
  });

  it("shows what is new at the head without reading the rest again", () => {
    const polled = withPage(twoPages(), page(at(55, 50, 40), "c0"), HEAD, "newest");
    expect(minutes(polled)).toEqual([55, 50, 40, 30, 20, 10]);
    expect(polled.next).toBe("c2");
  });

  it("drops what has left the stretch that a page covers, and nothing beyond", () => {
    const polled = withPage(twoPages(), page(at(50, 30, 20), "c0"), HEAD, "newest");
    expect(minutes(polled)).toEqual([50, 30, 20, 10]);
  });

  it("forgets what may not follow directly when more came than a page holds", () => {
    const polled = withPage(twoPages(), page(at(59, 58, 57), "c9"), HEAD, "newest");
    expect(minutes(polled)).toEqual([59, 58, 57]);
    expect(nextMark(polled)).toMatchObject({ cursor: "c9" });
  });

  it("is at its end when a page says so", () => {
    const polled = withPage(twoPages(), page(at(50, 40)), HEAD, "newest");
    expect(minutes(polled)).toEqual([50, 40]);
    expect(nextMark(polled)).toBeUndefined();
    expect(polled.marks).toEqual([HEAD]);
  });

  it("knows which page a card is on, so that the page in sight can be read again", () => {
    expect(markAt(twoPages(), 1, "newest")).toEqual(HEAD);
    const mark = markAt(twoPages(), 4, "newest");
    expect(mark.cursor).toBe("c1");
    expect(minutes(withPage(twoPages(), page(at(10), "c2"), mark, "newest"))).toEqual([50, 40, 30, 10]);
  });

  it("takes a page that is empty and yet leads on", () => {
    const head = withPage(undefined, page([], "c1"), HEAD, "newest");
    expect(nextMark(head)).toEqual({ cursor: "c1", after: null });
    expect(minutes(withPage(twoPages(), page([], "c1"), HEAD, "newest"))).toEqual([50, 40, 30, 20, 10]);
  });

  it("is ordered as the board is: newest or due first, then by id, without a date last", () => {
    const undated = cardAt(1, { due_at: null });
    expect([undated, ...at(20, 10)].sort(compare("due")).map((card) => card.number)).toEqual(["10", "20", "01"]);
    const twin = cardAt(10, { order_id: "ord_09" });
    expect([...at(10), twin].sort(compare("newest"))[0]).toBe(twin);
  });
});
