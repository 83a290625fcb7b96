import type { Api } from "./client";
import { told } from "./client";
import type { components } from "./schema";
import type { OperatorOrder } from "./types";

type Schemas = components["schemas"];

/** What each command asks for beside the order. */
export interface Bodies {
  take: undefined;
  undo: Schemas["Fenced"];
  complete: Schemas["Fenced"];
  release: Schemas["Release"];
  scrap: Schemas["Scrap"];
  assay: Schemas["Assay"];
  rework: Schemas["Rework"];
  pack: undefined;
  ship: Schemas["Shipping"];
  hold: Schemas["Holding"];
  unhold: undefined;
}

export type CommandName = keyof Bodies;

/** Every command on one order. `key` names the intention: sent again, it has no second effect. */
export function command<N extends CommandName>(
  api: Api,
  name: N,
  orderId: string,
  body: Bodies[N],
  key: string,
): Promise<OperatorOrder> {
  const params = { path: { order_id: orderId }, header: { "Idempotency-Key": key } };
  const routes: { [C in CommandName]: (given: Bodies[C]) => Promise<OperatorOrder> } = {
    take: () => told(api.POST("/mes/v1/orders/{order_id}/take", { params })),
    undo: (given) => told(api.POST("/mes/v1/orders/{order_id}/undo", { params, body: given })),
    complete: (given) => told(api.POST("/mes/v1/orders/{order_id}/complete", { params, body: given })),
    release: (given) => told(api.POST("/mes/v1/orders/{order_id}/release", { params, body: given })),
    scrap: (given) => told(api.POST("/mes/v1/orders/{order_id}/scrap", { params, body: given })),
    assay: (given) => told(api.POST("/mes/v1/orders/{order_id}/assay", { params, body: given })),
    rework: (given) => told(api.POST("/mes/v1/orders/{order_id}/rework", { params, body: given })),
    pack: () => told(api.POST("/mes/v1/orders/{order_id}/pack", { params })),
    ship: (given) => told(api.POST("/mes/v1/orders/{order_id}/ship", { params, body: given })),
    hold: (given) => told(api.POST("/mes/v1/orders/{order_id}/hold", { params, body: given })),
    unhold: () => told(api.POST("/mes/v1/orders/{order_id}/unhold", { params })),
  };
  return routes[name](body);
}

/** Take one of the orders due first, whichever. */
export function takeNext(api: Api, key: string): Promise<OperatorOrder> {
  return told(api.POST("/mes/v1/orders/next", { params: { header: { "Idempotency-Key": key } } }));
}
