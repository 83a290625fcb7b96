import { ErrorResponse, OidcClient, WebStorageStateStore, type SigninResponse, type UserProfile } from "oidc-client-ts";
import type { Config } from "./config";

/** A token that ends within this many seconds is renewed before it is used. */
const MARGIN_S = 60;

const STORED = "alexandrite.session";
const SCOPE = "openid email mes/orders";

/** Nobody is signed in any more: the refresh token has ended or was revoked. */
export class SignedOut extends Error {
  override name = "SignedOut";
}

interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
  /** Seconds since the epoch. */
  expires_at: number;
  profile: UserProfile;
}

/**
 * One person signed in on this tab: authorization code with PKCE, tokens in the tab's own storage only.
 *
 * A tablet is shared: closing the tab ends the session here, and `signOut` leaves nothing behind.
 */
export class Session {
  readonly #client: OidcClient;
  readonly #config: Config;
  readonly #signIn: URL;
  #tokens: Tokens | null = null;
  #renewing: Promise<string> | undefined;
  #onEnd: () => void = () => {};

  constructor(config: Config) {
    this.#config = config;
    this.#signIn = new URL(config.sign_in, location.origin);
    this.#client = new OidcClient({
      authority: config.issuer,
      client_id: config.client_id,
      redirect_uri: `${location.origin}/`,
      scope: SCOPE,
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      metadata: {
        issuer: config.issuer,
        authorization_endpoint: this.#page("/oauth2/authorize"),
        token_endpoint: this.#page("/oauth2/token"),
      },
    });
  }

  /** Finish a sign-in that the address tells of, or pick up the one this tab has; false when there is none. */
  async begin(): Promise<boolean> {
    const asked = new URLSearchParams(location.search);
    if (asked.has("state") && (asked.has("code") || asked.has("error"))) {
      let before = "";
      try {
        const answer = await this.#client.processSigninResponse(location.href);
        if (typeof answer.userState === "string") before = answer.userState;
        this.#keep(answer);
      } finally {
        history.replaceState(null, "", `/${before}`);
      }
    } else {
      this.#tokens = JSON.parse(sessionStorage.getItem(STORED) ?? "null") as Tokens | null;
    }
    if (!this.#tokens) return false;
    try {
      await this.token();
    } catch (error) {
      return !(error instanceof SignedOut); // no network is no reason to leave
    }
    return true;
  }

  /** Leave for the sign-in page; comes back to the address of now. */
  async signIn(): Promise<void> {
    const { url } = await this.#client.createSigninRequest({ state: location.search });
    location.assign(url);
  }

  /** The name this person signed in with. */
  get email(): string {
    return this.#tokens?.profile.email ?? "";
  }

  /** Call `listener` when the session has ended by itself. */
  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  /** An access token that is good for a while. */
  async token(): Promise<string> {
    const tokens = this.#tokens;
    if (!tokens) throw new SignedOut();
    return tokens.expires_at - Date.now() / 1000 > MARGIN_S ? tokens.access_token : this.renewed();
  }

  /** A fresh access token; callers at the same time share one. */
  renewed(): Promise<string> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renew(): Promise<string> {
    const tokens = this.#tokens;
    if (!tokens) throw new SignedOut();
    try {
      const state = { ...tokens, session_state: null, scope: SCOPE };
      const answer = await this.#client.useRefreshToken({ state });
      if (this.#tokens !== tokens) throw new SignedOut(); // left meanwhile: what comes late is not kept
      return this.#keep(answer, tokens);
    } catch (error) {
      if (!(error instanceof ErrorResponse)) throw error;
      this.forget();
      this.#onEnd();
      throw new SignedOut();
    }
  }

  /** Keep what the pool has issued; a renewal brings no new refresh token. */
  #keep(answer: SigninResponse, before?: Tokens): string {
    this.#tokens = {
      access_token: answer.access_token,
      refresh_token: answer.refresh_token ?? before?.refresh_token ?? "",
      id_token: answer.id_token ?? before?.id_token ?? "",
      expires_at: answer.expires_at ?? 0,
      profile: answer.profile,
    };
    sessionStorage.setItem(STORED, JSON.stringify(this.#tokens));
    return answer.access_token;
  }

  /** Remove everything stored on this device. */
  forget(): void {
    this.#tokens = null;
    sessionStorage.clear();
    localStorage.clear();
  }

  /** End the session here and at the pool; offline, here only, and the caller shows the way back in. */
  signOut(): void {
    const refresh = this.#tokens?.refresh_token;
    this.forget();
    if (refresh) {
      const body = new URLSearchParams({ token: refresh, client_id: this.#config.client_id });
      // The page is about to go; nobody waits for the answer.
      fetch(this.#page("/oauth2/revoke"), { method: "POST", body, keepalive: true }).catch(() => {});
    }
    if (!navigator.onLine) return;
    const out = new URLSearchParams({ client_id: this.#config.client_id, logout_uri: `${location.origin}/` });
    location.assign(`${this.#page("/logout")}?${out}`);
  }

  #page(path: string): string {
    return new URL(path, this.#signIn).href;
  }
}
