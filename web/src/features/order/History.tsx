import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { told } from "../../api/client";
import { useFloor } from "../../api/floor";
import { keys } from "../../api/polling";
import type { Entry, HoldKind, OperatorOrder } from "../../api/types";
import { operatorName } from "../../i18n/operators";
import { useWords } from "../../i18n/useWords";

/** What has happened to an order, oldest first. */
export function History({ order }: { order: OperatorOrder }): ReactNode {
  const { t, format } = useWords();
  const { api } = useFloor();
  const { data, isError, hasNextPage, isFetching, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: keys.timeline(order.order_id),
    queryFn: ({ pageParam }) =>
      told(
        api.GET("/mes/v1/orders/{order_id}/timeline", {
          params: { path: { order_id: order.order_id }, query: { after: pageParam } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_after,
  });
  const shown = useRef(order.version);
  useEffect(() => {
    if (shown.current !== order.version) void refetch();
    shown.current = order.version;
  }, [order.version, refetch]);
  return (
    <section>
      <h3>{t.panel.history}</h3>
      {isError && !data && <p>{t.panel.historyFailed}</p>}
      <ol className="history">
        {data?.pages
          .flatMap((page) => page.items)
          .map((entry) => (
            <li key={entry.version}>
              <time dateTime={entry.at}>{format.dateTime(entry.at)}</time>{" "}
              <strong>{t.events[entry.event] ?? entry.event}</strong>{" "}
              <span className="quiet-text">{t.actors[entry.by] ?? entry.by}</span>
              <Details entry={entry} />
            </li>
          ))}
      </ol>
      {hasNextPage && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          {t.panel.moreHistory}
        </button>
      )}
    </section>
  );
}

function Details({ entry }: { entry: Entry }): ReactNode {
  const { t, format } = useWords();
  const { me } = useFloor();
  const value = (name: string, written: string): string => {
    switch (name) {
      case "owner":
        return operatorName(t, written, me.operator);
      case "due_at":
        return format.date(written);
      case "kind":
        return t.holdKinds[written as HoldKind] ?? written;
      case "caused_by":
      case "must_act":
        return t.actors[written] ?? written;
      default:
        return written;
    }
  };
  const details = Object.entries(entry.details);
  if (details.length === 0) return null;
  return <p>{details.map(([name, written]) => `${t.details[name] ?? name}: ${value(name, written)}`).join("; ")}</p>;
}
