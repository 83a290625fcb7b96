import createClient, { type Client } from "openapi-fetch";
import type { Config } from "./config";
import { Refused } from "./problems";
import type { paths } from "./schema";
import type { Session } from "./session";

export type Api = Client<paths>;

/** How long a person looks at a request that nobody answers. */
const PATIENCE_MS = 15_000;

/** The API as its description has it, spoken to on behalf of a session. */
export function connect(config: Config, session: Session): Api {
  const send = async (request: Request, token: string): Promise<Response> => {
    const headers = new Headers(request.headers);
    headers.set("Authorization", `Bearer ${token}`);
    return fetch(new Request(request, { headers, signal: AbortSignal.timeout(PATIENCE_MS) }));
  };
  return createClient<paths>({
    baseUrl: config.api,
    fetch: async (request) => {
      const again = request.clone();
      const answer = await send(request, await session.token());
      // A token may be revoked before its time; a second refusal is final.
      return answer.status === 401 ? send(again, await session.renewed()) : answer;
    },
  });
}

/** The body of a successful answer; anything else is thrown as `Refused`. */
export async function told<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (data !== undefined) return data;
  throw new Refused(response.status, typeof error === "object" && error !== null ? error : {});
}
