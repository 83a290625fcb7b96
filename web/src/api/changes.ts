import { queuesOf } from "./order";
import { compare } from "./listing";
import { QUEUES, type Card, type Queue, type Sort } from "./types";

/** What a command of ours did, or is about to do, to one order. */
export interface Change {
  before: Queue[];
  after: Queue[];
  card: Card;
  pending: boolean;
  /** What the board counted before. */
  counted: Counts;
}

export type Counts = Readonly<Record<string, number>>;

export type Changes = ReadonlyMap<string, Change>;

/** The board follows commands within seconds; after this long it is believed over what we remember. */
const REMEMBERED_MS = 10_000;

/**
 * The orders this tab has just changed.
 *
 * The board is a projection that lags: without this, an order taken a moment ago would be offered again by the next poll.
 * A change that fails is dropped, and the lists are as they were.
 */
export class RecentChanges {
  #changes: Changes = new Map();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly current = (): Changes => this.#changes;

  /** Show the order as it will be. */
  expect(before: Card, card: Card, me: string, counted: Counts): void {
    this.#put({ card, before: queuesOf(before, me), after: queuesOf(card, me), pending: true, counted });
  }

  /** Show the order as the API says it is now. */
  settle(before: Card | undefined, card: Card, me: string, counted: Counts): void {
    const kept = this.#changes.get(card.order_id);
    this.#put({
      card,
      before: kept?.before ?? (before ? queuesOf(before, me) : []),
      after: queuesOf(card, me),
      pending: false,
      counted: kept?.counted ?? counted,
    });
    setTimeout(() => this.#forget(card.order_id, card.version), REMEMBERED_MS);
  }

  /** Show the order as the board has it. */
  drop(orderId: string): void {
    this.#forget(orderId, Infinity);
  }

  #put(change: Change): void {
    this.#set(new Map(this.#changes).set(change.card.order_id, change));
  }

  #forget(orderId: string, version: number): void {
    const change = this.#changes.get(orderId);
    if (!change || change.card.version > version) return;
    const rest = new Map(this.#changes);
    rest.delete(orderId);
    this.#set(rest);
  }

  #set(changes: Changes): void {
    this.#changes = changes;
    this.#listeners.forEach((listener) => listener());
  }
}

/** A queue's cards with our recent changes on top; `complete` says that no further page is to come. */
export function changed(cards: readonly Card[], changes: Changes, queue: Queue, sort: Sort, complete: boolean): Card[] {
  const shown: Card[] = [];
  const seen = new Set<string>();
  for (const card of cards) {
    seen.add(card.order_id);
    const change = changes.get(card.order_id);
    if (!change || card.version >= change.card.version) shown.push(card);
    else if (change.after.includes(queue)) shown.push(change.card);
  }
  const last = cards.at(-1);
  const added = [...changes.values()].filter(
    ({ card, after }) =>
      after.includes(queue) &&
      !seen.has(card.order_id) &&
      (complete || (last !== undefined && compare(sort)(card, last) < 0)),
  );
  if (added.length === 0 && changes.size === 0) return shown;
  return [...shown, ...added.map(({ card }) => card)].sort(compare(sort));
}

/** The board's counts with the changes that they do not know yet: those since which its counts have not moved. */
export function changedCounts(counts: Counts, changes: Changes): Record<Queue, number> {
  const result = Object.fromEntries(QUEUES.map((queue) => [queue, counts[queue] ?? 0])) as Record<Queue, number>;
  for (const { before, after, counted } of changes.values()) {
    if ([...before, ...after].some((queue) => counts[queue] !== counted[queue])) continue;
    for (const queue of before) result[queue] = Math.max(0, result[queue] - 1);
    for (const queue of after) result[queue] += 1;
  }
  return result;
}
