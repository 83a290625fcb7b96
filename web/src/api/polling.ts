/**
 * How often the visible page and the counts are asked for, in ms.
 *
 * The board follows an order within about a second, so that a new order is on the screen within 6 s of its release.
 */
export const POLL_MS = 4_000;

export const PAGE_SIZE = 50;

export const keys = {
  queues: ["queue"] as const,
  queue: (queue: string, sort: string) => ["queue", queue, sort] as const,
  counts: ["counts"] as const,
  me: ["me"] as const,
  catalogue: ["catalogue"] as const,
  order: (orderId: string) => ["order", orderId] as const,
  timeline: (orderId: string) => ["timeline", orderId] as const,
  files: (orderId: string) => ["files", orderId] as const,
};
