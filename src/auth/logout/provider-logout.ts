import { Injectable } from '@nestjs/common';
import type { SignInMethod } from '../sessions/login-grant';
import type { EndedSession } from '../sessions/sessions.service';

/** Where the browser goes to end a session at the identity provider, and what it keeps until it is back. */
export interface LogoutStart {
  readonly location: string;
  readonly setCookies: readonly string[];
}

export interface WayBack {
  /** Where the browser ends; one of APP_REDIRECT_URIS. Null: at our sign-in page. */
  readonly redirectUri: string | null;
  /** Whether the answer to this call reaches the browser itself, so that the logout can be bound to it. */
  readonly browser: boolean;
}

/** Logging out at the identity provider, in the words of one protocol. */
export interface ProviderLogout {
  /**
   * Begins a logout at the identity provider that a session came through; outside a transaction, after the session has
   * ended here. Undefined when the connection offers none, or is not active any more.
   */
  begin(
    session: EndedSession & { readonly connectionId: string },
    back: WayBack,
  ): Promise<LogoutStart | undefined>;
}

/** The protocols that can log out at an identity provider; each registers itself when the service starts. */
@Injectable()
export class ProviderLogouts {
  private readonly byMethod = new Map<SignInMethod, ProviderLogout>();

  register(method: SignInMethod, logout: ProviderLogout): void {
    this.byMethod.set(method, logout);
  }

  /** As ProviderLogout.begin; undefined for sessions that no identity provider vouched for. */
  async begin(session: EndedSession, back: WayBack): Promise<LogoutStart | undefined> {
    const { connectionId, method } = session;
    return connectionId === null
      ? undefined
      : this.byMethod.get(method)?.begin({ ...session, connectionId }, back);
  }
}
