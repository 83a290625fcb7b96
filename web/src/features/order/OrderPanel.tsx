import { useState, type ReactNode } from "react";
import { useFloor } from "../../api/floor";
import { orderNumber } from "../../api/order";
import { useWords } from "../../i18n/useWords";
import { explained } from "../../i18n/refusals";
import { Dialog } from "../../ui/Dialog";
import { Files } from "./Files";
import { History } from "./History";
import { OrderActions } from "./OrderActions";
import { OrderFacts } from "./OrderFacts";
import { useOrder } from "./useOrder";

/** One order with everything that can be done to it. */
export function OrderPanel({ orderId, onClose }: { orderId: string; onClose: () => void }): ReactNode {
  const { t } = useWords();
  const { me } = useFloor();
  const { data: order, error } = useOrder(orderId);
  const [said, say] = useState("");
  return (
    <Dialog kind="panel" title={t.card.open(orderNumber(orderId))} closeLabel={t.panel.close} onClose={onClose}>
      <p role="status" className="panel-said">
        {said}
      </p>
      {!order && <p>{error ? explained(t, error, me.operator) : t.panel.loading}</p>}
      {order && (
        <>
          <OrderActions order={order} onDone={say} />
          <OrderFacts order={order} />
          <Files order={order} />
          <History order={order} />
        </>
      )}
    </Dialog>
  );
}
