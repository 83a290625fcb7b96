import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Counts } from "./changes";
import { command, takeNext, type Bodies, type CommandName } from "./commands";
import { useFloor } from "./floor";
import { cardOf, takenCard } from "./order";
import { keys } from "./polling";
import { isPassing } from "./problems";
import type { Card, OperatorOrder, OperatorOrderDetail } from "./types";

const ATTEMPTS = 3;
const PAUSE_MS = 600;

/** Send one intention, again when no answer came: the key makes sure that it happens once. */
async function insisted(send: (key: string) => Promise<OperatorOrder>): Promise<OperatorOrder> {
  const key = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(key);
    } catch (error) {
      if (attempt === ATTEMPTS || !isPassing(error) || !navigator.onLine) throw error;
      await new Promise((resume) => setTimeout(resume, PAUSE_MS * attempt));
    }
  }
}

interface Commands {
  /** Take the order of a card: shown as taken at once, and as it was if somebody else got it. */
  take(card: Card): Promise<OperatorOrder>;
  takeNext(): Promise<OperatorOrder>;
  /** Any command on an order whose card, if the board has shown one, is `before`. */
  run<N extends CommandName>(name: N, orderId: string, body: Bodies[N], before?: Card): Promise<OperatorOrder>;
}

/** The commands of an operator; each settles what lists, counts and the open order show. */
export function useCommands(): Commands {
  const { api, changes, me } = useFloor();
  const cache = useQueryClient();

  const counted = useCallback(
    (): Counts => cache.getQueryData<{ queues: Counts }>(keys.counts)?.queues ?? {},
    [cache],
  );

  const refresh = useCallback(() => {
    void cache.invalidateQueries({ queryKey: keys.queues });
    void cache.invalidateQueries({ queryKey: keys.counts });
    void cache.invalidateQueries({ queryKey: keys.me });
  }, [cache]);

  const settle = useCallback(
    (order: OperatorOrder, before?: Card) => {
      changes.settle(before, cardOf(order, before?.currency), me.operator, counted());
      cache.setQueryData(keys.order(order.order_id), (known: OperatorOrderDetail | undefined) => ({
        ...order,
        deliver_to: known?.deliver_to ?? null,
      }));
      void cache.invalidateQueries({ queryKey: keys.order(order.order_id) });
      void cache.invalidateQueries({ queryKey: keys.timeline(order.order_id) });
      refresh();
      return order;
    },
    [cache, changes, counted, me.operator, refresh],
  );

  const run = useCallback<Commands["run"]>(
    async (name, orderId, body, before) => {
      try {
        return settle(await insisted((key) => command(api, name, orderId, body, key)), before);
      } catch (error) {
        changes.drop(orderId);
        void cache.invalidateQueries({ queryKey: keys.order(orderId) });
        refresh();
        throw error;
      }
    },
    [api, cache, changes, refresh, settle],
  );

  const take = useCallback<Commands["take"]>(
    (card) => {
      changes.expect(card, takenCard(card, me.operator, new Date()), me.operator, counted());
      return run("take", card.order_id, undefined, card);
    },
    [changes, counted, me.operator, run],
  );

  const next = useCallback<Commands["takeNext"]>(async () => {
    try {
      const order = await insisted((key) => takeNext(api, key));
      const taken = cardOf(order);
      return settle(order, { ...taken, status: "MANUFACTURING_APPROVED", owner: null });
    } catch (error) {
      refresh();
      throw error;
    }
  }, [api, refresh, settle]);

  return { take, takeNext: next, run };
}
