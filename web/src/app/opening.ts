import { fetchConfig, type Config } from "../api/config";
import { Session } from "../api/session";

export interface Opened {
  config: Config;
  session: Session;
  signedIn: boolean;
  /** The sign-in page sent somebody back with an error. */
  failed: boolean;
}

let opening: Promise<Opened> | undefined;

/** Read the configuration and find out who is there; once per page, since a code is good for one use. */
export function open(): Promise<Opened> {
  opening ??= begin();
  return opening;
}

async function begin(): Promise<Opened> {
  const config = await fetchConfig();
  const session = new Session(config);
  try {
    return { config, session, signedIn: await session.begin(), failed: false };
  } catch {
    return { config, session, signedIn: false, failed: true };
  }
}
