import { useQuery } from "@tanstack/react-query";
import { told } from "../../api/client";
import { useFloor } from "../../api/floor";
import { keys, POLL_MS } from "../../api/polling";

/** One order from the truth, followed while it is open. */
export function useOrder(orderId: string) {
  const { api } = useFloor();
  return useQuery({
    queryKey: keys.order(orderId),
    queryFn: () => told(api.GET("/mes/v1/orders/{order_id}", { params: { path: { order_id: orderId } } })),
    refetchInterval: POLL_MS,
  });
}
