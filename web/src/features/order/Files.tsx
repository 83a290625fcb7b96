import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { told } from "../../api/client";
import { useFloor } from "../../api/floor";
import { keys } from "../../api/polling";
import type { OperatorOrder } from "../../api/types";
import { useWords } from "../../i18n/useWords";
import { useNow } from "../../ui/useNow";

/** The files to be made, in the versions that were priced; their links are asked for when somebody wants them. */
export function Files({ order }: { order: OperatorOrder }): ReactNode {
  const { t, format } = useWords();
  const { api, connected } = useFloor();
  const now = useNow(5_000);
  const { data, isFetching, isError, refetch } = useQuery({
    queryKey: keys.files(order.order_id),
    queryFn: () => told(api.GET("/mes/v1/orders/{order_id}/model", { params: { path: { order_id: order.order_id } } })),
    enabled: false,
    gcTime: 0,
  });
  const links = data && Date.parse(data.expires_at) > now ? data : undefined;
  return (
    <section>
      <h3>{t.panel.files}</h3>
      {!links && (
        <button type="button" disabled={isFetching || !connected} onClick={() => void refetch()}>
          {t.panel.prepareFiles}
        </button>
      )}
      {isError && <p role="alert">{t.panel.filesFailed}</p>}
      {links && (
        <>
          <ul className="plain">
            {links.items.map((file) => (
              <li key={file.line}>
                <a href={file.file_url} download rel="noreferrer">
                  {t.panel.download(String(file.line))}
                </a>
              </li>
            ))}
          </ul>
          <p className="quiet-text">{t.panel.filesUntil(format.time(links.expires_at))}</p>
        </>
      )}
    </section>
  );
}
