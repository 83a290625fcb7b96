import { useCallback, useSyncExternalStore } from "react";
import { QUEUES, SORTS, type Queue, type Sort } from "../api/types";

/** What the address of the page says: the tab, its order, and the order that is open. */
export interface Address {
  queue: Queue;
  sort: Sort;
  order: string | null;
}

const CHANGED = "alexandrite:address";

export function parsed(search: string): Address {
  const asked = new URLSearchParams(search);
  return {
    queue: QUEUES.find((queue) => queue === asked.get("queue")) ?? "available",
    sort: SORTS.find((sort) => sort === asked.get("sort")) ?? "newest",
    order: asked.get("order"),
  };
}

/** The query string of an address; what is as usual is left out. */
export function written({ queue, sort, order }: Address): string {
  const said = new URLSearchParams();
  if (queue !== "available") said.set("queue", queue);
  if (sort !== "newest") said.set("sort", sort);
  if (order !== null) said.set("order", order);
  const search = said.toString();
  return search && `?${search}`;
}

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(CHANGED, listener);
  };
}

/** The address, and how to go elsewhere: the browser's back button leads back. */
export function useAddress(): [Address, (change: Partial<Address>) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const go = useCallback((change: Partial<Address>) => {
    history.pushState(null, "", `/${written({ ...parsed(location.search), ...change })}`);
    dispatchEvent(new Event(CHANGED));
  }, []);
  return [parsed(search), go];
}
