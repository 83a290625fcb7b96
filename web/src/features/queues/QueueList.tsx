import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { changed } from "../../api/changes";
import { useFloor } from "../../api/floor";
import type { Card, Queue, Sort } from "../../api/types";
import { useWords } from "../../i18n/useWords";
import { useNow } from "../../ui/useNow";
import { useShortcuts } from "../../ui/useShortcuts";
import { OrderCard } from "./OrderCard";
import { useListing } from "./useListing";

interface Props {
  queue: Queue;
  sort: Sort;
  onOpen: (card: Card) => void;
  onTake: (card: Card) => void;
  /** When the first page was read last, RFC 3339. */
  onRead: (asOf: string) => void;
}

const CARD_HEIGHT = 112;

/** A queue as a list of cards; only those in sight exist, however long it is. */
export function QueueList({ queue, sort, onOpen, onTake, onRead }: Props): ReactNode {
  const { t } = useWords();
  const { changes } = useFloor();
  const { listing, failed, loadingMore, loadMore, look } = useListing(queue, sort);
  const recent = useSyncExternalStore(changes.subscribe, changes.current);
  const now = useNow(30_000);
  const scroller = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState(-1);

  const complete = listing?.next === null;
  const cards = useMemo(
    () => changed(listing?.cards ?? [], recent, queue, sort, complete),
    [listing, recent, queue, sort, complete],
  );
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => CARD_HEIGHT,
    getItemKey: (index) => cards[index]?.order_id ?? index,
    overscan: 6,
  });
  const visible = rows.getVirtualItems();
  const first = visible[0]?.index ?? 0;
  const last = visible.at(-1)?.index ?? -1;

  useEffect(() => look(first), [look, first]);
  useEffect(() => {
    if (listing && !complete && last >= cards.length - 8) loadMore();
  }, [listing, complete, last, cards.length, loadMore]);
  useEffect(() => {
    if (listing?.asOf) onRead(listing.asOf);
  }, [listing?.asOf, onRead]);

  const moveTo = (index: number): void => {
    const card = cards[index];
    if (!card) return;
    setSelected(index);
    rows.scrollToIndex(index);
    // The row may have to be drawn first.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[data-order="${card.order_id}"]`)?.focus(),
      ),
    );
  };

  /** The card that has the focus, or had it before the list moved under it. */
  const chosen = (): number => {
    const focused = document.activeElement?.closest("li")?.querySelector<HTMLElement>("[data-order]");
    const index = cards.findIndex((card) => card.order_id === focused?.dataset.order);
    return index >= 0 ? index : Math.min(selected, cards.length - 1);
  };

  useShortcuts((intent) => {
    const at = chosen();
    const card = cards[at];
    switch (intent.name) {
      case "next":
        moveTo(Math.min(at + 1, cards.length - 1));
        return true;
      case "previous":
        moveTo(Math.max(at - 1, 0));
        return true;
      case "open":
        if (card) onOpen(card);
        return card !== undefined;
      case "take":
        if (card?.status === "MANUFACTURING_APPROVED") onTake(card);
        return card !== undefined;
      default:
        return false;
    }
  });

  if (failed) return <p className="list-note">{t.listFailed}</p>;
  if (!listing) return <p className="list-note">{t.loading}</p>;
  return (
    <div className="list" ref={scroller}>
      {cards.length === 0 && complete && <p className="list-note">{t.empty[queue]}</p>}
      <ul style={{ height: rows.getTotalSize() }}>
        {visible.map((row) => {
          const card = cards[row.index];
          if (!card) return null;
          return (
            <li
              key={row.key}
              ref={rows.measureElement}
              data-index={row.index}
              aria-setsize={complete ? cards.length : -1}
              aria-posinset={row.index + 1}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <OrderCard
                card={card}
                now={now}
                taking={recent.get(card.order_id)?.pending ?? false}
                onOpen={onOpen}
                onTake={onTake}
              />
            </li>
          );
        })}
      </ul>
      {loadingMore && <p className="list-note">{t.loadingMore}</p>}
    </div>
  );
}
