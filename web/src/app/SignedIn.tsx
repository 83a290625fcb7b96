import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import { RecentChanges } from "../api/changes";
import { connect, told, type Api } from "../api/client";
import type { Config } from "../api/config";
import { FloorContext } from "../api/floor";
import { keys, POLL_MS } from "../api/polling";
import { isPassing, Refused } from "../api/problems";
import type { Session } from "../api/session";
import { useWords } from "../i18n/useWords";
import { useOnline } from "../ui/useOnline";
import { Workshop } from "./Workshop";

interface Props {
  config: Config;
  session: Session;
  onSignOut: () => void;
}

/** Everything that needs somebody to be signed in; nothing of it outlives them. */
export function SignedIn({ config, session, onSignOut }: Props): ReactNode {
  const [cache] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          // Polls come again by themselves, and a failed one is to be seen at once.
          queries: { retry: false, staleTime: 0, refetchOnWindowFocus: true, networkMode: "always" },
        },
      }),
  );
  const api = useMemo(() => connect(config, session), [config, session]);
  const signOut = (): void => {
    cache.clear();
    session.signOut();
    onSignOut();
  };
  return (
    <QueryClientProvider client={cache}>
      <OnTheFloor api={api} session={session} onSignOut={signOut} />
    </QueryClientProvider>
  );
}

function OnTheFloor({ api, session, onSignOut }: { api: Api; session: Session; onSignOut: () => void }): ReactNode {
  const { t } = useWords();
  const online = useOnline();
  const [changes] = useState(() => new RecentChanges());
  const me = useQuery({
    queryKey: keys.me,
    queryFn: () => told(api.GET("/mes/v1/me")),
    // Without an answer to this one there is nothing to show.
    retry: (_count, error) => isPassing(error),
  });
  const counts = useQuery({
    queryKey: keys.counts,
    queryFn: () => told(api.GET("/mes/v1/counts")),
    refetchInterval: POLL_MS,
    enabled: me.data !== undefined,
  });
  const floor = useMemo(
    () => me.data && { api, session, changes, me: me.data, connected: online && !counts.isError },
    [api, session, changes, me.data, online, counts.isError],
  );
  if (!floor) {
    const problem = me.error ?? me.failureReason;
    const isStranger = problem instanceof Refused && problem.status === 403;
    return (
      <main className="screen">
        <h1>{t.title}</h1>
        <p role="status">{isStranger ? t.notOperator : problem ? t.unavailable : t.loading}</p>
        <button type="button" onClick={onSignOut}>
          {t.header.signOut}
        </button>
      </main>
    );
  }
  return (
    <FloorContext value={floor}>
      <Workshop counts={counts.data} online={online} onSignOut={onSignOut} />
    </FloorContext>
  );
}
