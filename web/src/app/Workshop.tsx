import { lazy, Suspense, useCallback, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { changedCounts } from "../api/changes";
import { useFloor } from "../api/floor";
import { orderNumber } from "../api/order";
import { SORTS, QUEUES, type Card, type OperatorOrder, type Sort } from "../api/types";
import { useCommands } from "../api/useCommands";
import { FindOrder } from "../features/queues/FindOrder";
import { QueueList } from "../features/queues/QueueList";
import { QueueTabs } from "../features/queues/QueueTabs";
import { operatorTag } from "../i18n/operators";
import { explained } from "../i18n/refusals";
import { useWords } from "../i18n/useWords";
import { useTell } from "../ui/Notices";
import { useShortcuts } from "../ui/useShortcuts";
import { useAddress } from "./address";

// The list comes first; what opens over it is fetched while somebody reads.
const fetchOrderPanel = () => import("../features/order/OrderPanel");
const fetchShortcuts = () => import("../features/keyboard/ShortcutsDialog");
const OrderPanel = lazy(async () => ({ default: (await fetchOrderPanel()).OrderPanel }));
const ShortcutsDialog = lazy(async () => ({ default: (await fetchShortcuts()).ShortcutsDialog }));

interface Props {
  counts: { queues: Record<string, number> } | undefined;
  online: boolean;
  onSignOut: () => void;
}

const FIND = "find-order";
const GOOD_NEWS_MS = 8_000;

/** The operator's page: who is there, the queues, one of them as a list, and the order that is open. */
export function Workshop({ counts, online, onSignOut }: Props): ReactNode {
  const { t, format, language, switchLanguage } = useWords();
  const { me, session, connected, changes } = useFloor();
  const { take, takeNext, run } = useCommands();
  const tell = useTell();
  const [address, go] = useAddress();
  const recent = useSyncExternalStore(changes.subscribe, changes.current);
  const [asOf, setAsOf] = useState("");
  const [takingNext, setTakingNext] = useState(false);
  const [showsKeys, setShowsKeys] = useState(false);

  useEffect(() => {
    // A failure is no loss: they are asked for again when they are opened.
    Promise.all([fetchOrderPanel(), fetchShortcuts()]).catch(() => {});
  }, []);

  const open = useCallback((card: { order_id: string }) => go({ order: card.order_id }), [go]);
  const refused = (error: unknown): void => tell({ tone: "bad", text: explained(t, error, me.operator) });
  const won = (order: OperatorOrder): void => {
    const number = orderNumber(order.order_id);
    const undo = (): void => {
      run("undo", order.order_id, { fence: order.fence }).then(
        () => tell({ tone: "good", text: t.notices.done.undo(number), stays: GOOD_NEWS_MS }),
        refused,
      );
    };
    tell({
      tone: "good",
      text: t.notices.done.take(number),
      stays: order.undo_until ? Math.max(GOOD_NEWS_MS, Date.parse(order.undo_until) - Date.now()) : GOOD_NEWS_MS,
      actions: [
        { label: t.notices.open, run: () => open(order) },
        { label: t.notices.undo, run: undo },
      ],
    });
  };
  const onTake = (card: Card): void => {
    if (connected) take(card).then(won, refused);
  };
  const onTakeNext = (): void => {
    if (!connected || takingNext) return;
    setTakingNext(true);
    takeNext()
      .then(won, refused)
      .finally(() => setTakingNext(false));
  };

  useShortcuts((intent) => {
    switch (intent.name) {
      case "takeNext":
        onTakeNext();
        return true;
      case "find":
        document.getElementById(FIND)?.focus();
        return true;
      case "queue": {
        const queue = QUEUES[intent.index];
        if (queue) go({ queue });
        return queue !== undefined;
      }
      default:
        return false;
    }
  });

  return (
    <div className="page">
      <a className="skip" href="#orders">
        {t.skipToOrders}
      </a>
      <header className="top">
        <h1>{t.title}</h1>
        <FindOrder id={FIND} onFind={(order) => go({ order })} />
        <p className="who">
          <span>
            {session.email} · {operatorTag(me.operator)}
          </span>
          <span className="quiet-text">
            {t.header.inHand(
              `${format.number(me.orders)}/${format.number(me.limit_orders)}`,
              `${format.number(me.pieces)}/${format.number(me.limit_pieces)}`,
            )}
          </span>
        </p>
        <button type="button" className="quiet" onClick={() => setShowsKeys(true)}>
          {t.header.shortcuts}
        </button>
        <button type="button" className="quiet" lang={language === "en" ? "ru" : "en"} onClick={switchLanguage}>
          {t.header.language}
        </button>
        <button type="button" className="quiet" onClick={onSignOut}>
          {t.header.signOut}
        </button>
      </header>
      <QueueTabs
        current={address.queue}
        counts={counts && changedCounts(counts.queues, recent)}
        onChoose={(queue) => go({ queue })}
      />
      <section className="bar" aria-label={t.bar}>
        <p className={connected ? "connection" : "connection lost"} role="status">
          {connected ? t.connection.live : online ? t.connection.lost : t.connection.offline}
        </p>
        {asOf && <p className="quiet-text">{t.connection.asOf(format.time(asOf))}</p>}
        <select
          aria-label={t.sortLabel}
          value={address.sort}
          onChange={(event) => go({ sort: event.target.value as Sort })}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t.sorts[sort]}
            </option>
          ))}
        </select>
        <button type="button" className="primary" disabled={!connected || takingNext} onClick={onTakeNext}>
          {takingNext ? t.card.taking : t.takeNext}
        </button>
      </section>
      <main id="orders" tabIndex={-1} aria-label={t.queues[address.queue]}>
        <QueueList
          key={`${address.queue}/${address.sort}`}
          queue={address.queue}
          sort={address.sort}
          onOpen={open}
          onTake={onTake}
          onRead={setAsOf}
        />
      </main>
      <Suspense>
        {address.order !== null && (
          <OrderPanel key={address.order} orderId={address.order} onClose={() => go({ order: null })} />
        )}
        {showsKeys && <ShortcutsDialog onClose={() => setShowsKeys(false)} />}
      </Suspense>
    </div>
  );
}
