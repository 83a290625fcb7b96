/** What differs between environments; whoever serves the application provides it at `/config.json`. */
export interface Config {
  /** The staff pool, as tokens name it. */
  issuer: string;
  client_id: string;
  /** Address of the pool's sign-in pages; may be relative to this origin. */
  sign_in: string;
  /** Path of the API on this origin. */
  api: string;
}

const MEMBERS = ["issuer", "client_id", "sign_in", "api"] as const;

/** Fetch the configuration, or throw when it is absent or lacks a member. */
export async function fetchConfig(): Promise<Config> {
  const answer = await fetch("/config.json");
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return checkedConfig(await answer.json());
}

export function checkedConfig(given: unknown): Config {
  const members = given as Record<string, unknown>;
  for (const name of MEMBERS) {
    if (typeof members?.[name] !== "string") throw new Error(`config.json lacks ${name}`);
  }
  return members as unknown as Config;
}
