import type { Card, QueuePage, Sort } from "./types";

/** Where a page begins: after which card, and by which cursor it is fetched. */
export interface Mark {
  cursor: string | null;
  after: Card | null;
}

/** The part of a queue that has been read so far, in order. */
export interface Listing {
  cards: readonly Card[];
  marks: readonly Mark[];
  /** Leads to what has not been read yet; null when the queue has been read to its end. */
  next: string | null;
  /** When the first page was read last, RFC 3339. */
  asOf: string;
}

export const HEAD: Mark = { cursor: null, after: null };

const EMPTY: Listing = { cards: [], marks: [HEAD], next: null, asOf: "" };

/** The order of a queue, the same as the board's: by moment to the millisecond, then by id. */
export function compare(sort: Sort): (one: Card, other: Card) => number {
  const moment = (card: Card): number =>
    sort === "newest" ? -Date.parse(card.status_since) : card.due_at === null ? Infinity : Date.parse(card.due_at);
  return (one, other) => {
    const [first, second] = [moment(one), moment(other)];
    if (first !== second) return first < second ? -1 : 1;
    return one.order_id < other.order_id ? -1 : one.order_id > other.order_id ? 1 : 0;
  };
}

/**
 * The listing after a page was read, for the first time or again.
 *
 * A page is the whole truth about its own stretch of the queue and says nothing about the rest: so a poll costs one
 * page, however far somebody has scrolled.
 */
export function withPage(known: Listing = EMPTY, page: QueuePage, mark: Mark, sort: Sort): Listing {
  const before = compare(sort);
  const last = page.items.at(-1);
  const isPast = (card: Card): boolean => {
    if (page.next_cursor === null) return false;
    return last === undefined || before(card, last) > 0;
  };
  const fresh = new Set(page.items.map((card) => card.order_id));
  const others = known.cards.filter((card) => !fresh.has(card.order_id));
  const ahead = mark.after === null ? [] : others.filter((card) => before(card, mark.after as Card) <= 0);
  const behind = others.filter((card) => (mark.after === null || before(card, mark.after) > 0) && isPast(card));
  const asOf = mark.cursor === null ? page.as_of : known.asOf;
  const marks = known.marks.some(({ cursor }) => cursor === mark.cursor) ? known.marks : [...known.marks, mark];
  const upToHere = marks.slice(0, marks.findIndex(({ cursor }) => cursor === mark.cursor) + 1);
  if (page.next_cursor === null) {
    return { cards: [...ahead, ...page.items], marks: upToHere, next: null, asOf };
  }
  // More may have come than fits the page: what follows an unknown last card need not follow it directly.
  const joins = last === undefined || known.cards.some((card) => card.order_id === last.order_id);
  if (behind.length > 0 && joins) {
    return { cards: [...ahead, ...page.items, ...behind], marks, next: known.next, asOf };
  }
  return { cards: [...ahead, ...page.items], marks: upToHere, next: page.next_cursor, asOf };
}

/** The mark of the page that continues a listing; undefined when there is nothing further. */
export function nextMark(listing: Listing): Mark | undefined {
  return listing.next === null ? undefined : { cursor: listing.next, after: listing.cards.at(-1) ?? null };
}

/** The mark of the page that holds the card at `index`. */
export function markAt(listing: Listing, index: number, sort: Sort): Mark {
  const card = listing.cards[index];
  if (!card) return HEAD;
  const before = compare(sort);
  return listing.marks.findLast(({ after }) => after === null || before(after, card) < 0) ?? HEAD;
}
