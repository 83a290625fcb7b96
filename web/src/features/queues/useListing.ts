import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { told } from "../../api/client";
import { useFloor } from "../../api/floor";
import { HEAD, markAt, nextMark, withPage, type Listing } from "../../api/listing";
import { keys, PAGE_SIZE, POLL_MS } from "../../api/polling";
import type { Queue, QueuePage, Sort } from "../../api/types";

interface ListingQuery {
  listing: Listing | undefined;
  failed: boolean;
  loadingMore: boolean;
  loadMore(): void;
  /** Say which card is the first that can be seen: its page is kept current beside the first one. */
  look(index: number): void;
}

/** A queue page by page; polled are the first page and the one in sight. */
export function useListing(queue: Queue, sort: Sort): ListingQuery {
  const { api } = useFloor();
  const cache = useQueryClient();
  const seen = useRef(0);
  const [loadingMore, setLoadingMore] = useState(false);
  const key = keys.queue(queue, sort);

  const fetchPage = useCallback(
    (cursor: string | null): Promise<QueuePage> =>
      told(
        api.GET("/mes/v1/orders", {
          params: { query: { queue, sort, limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) } },
        }),
      ),
    [api, queue, sort],
  );

  const { data, isError } = useQuery({
    queryKey: key,
    queryFn: async () => {
      const before = cache.getQueryData<Listing>(key);
      const mark = before ? markAt(before, seen.current, sort) : HEAD;
      const [head, inSight] = await Promise.all([
        fetchPage(null),
        mark.cursor === null ? undefined : fetchPage(mark.cursor),
      ]);
      // Further pages may have been read meanwhile: the answers go on top of what is known now.
      const listing = withPage(cache.getQueryData<Listing>(key), head, HEAD, sort);
      const stillThere = listing.marks.some(({ cursor }) => cursor === mark.cursor);
      return inSight && stillThere ? withPage(listing, inSight, mark, sort) : listing;
    },
    refetchInterval: POLL_MS,
    structuralSharing: true,
  });

  const loadMore = useCallback(() => {
    const mark = data && nextMark(data);
    if (!mark || loadingMore) return;
    setLoadingMore(true);
    fetchPage(mark.cursor)
      .then((page) =>
        cache.setQueryData<Listing>(keys.queue(queue, sort), (now) =>
          now && now.next === mark.cursor ? withPage(now, page, mark, sort) : now,
        ),
      )
      .catch(() => {}) // the poll tells about the connection, and the list asks again when it is scrolled
      .finally(() => setLoadingMore(false));
  }, [cache, data, fetchPage, loadingMore, queue, sort]);

  const look = useCallback((index: number) => void (seen.current = index), []);
  return { listing: data, failed: isError && !data, loadingMore, loadMore, look };
}
