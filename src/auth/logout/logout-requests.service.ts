import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { BadRequest, Unauthorized } from '../../http/problems';
import { isUuid } from '../../http/uuid-param';
import { bindBrowser, releaseBrowser, shownBinding } from '../browser/browser-binding';
import type { WayBack } from './provider-logout';

type ConnectionRef = { readonly id: string; readonly workspaceId: string };

/** A logout on its way to the provider. */
export interface BegunLogout {
  readonly id: string;
  readonly setCookies: readonly string[];
}

/** A logout that came back, taken from its shelf for good. */
export interface ReturnedLogout {
  readonly redirectUri: string | null;
  readonly setCookies: readonly string[];
}

const LIFETIME_SECONDS = 600;

/** Logouts that left for an identity provider and have not come back. Each comes back once, within ten minutes. */
@Injectable()
export class LogoutRequests {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
  ) {}

  /** Writes a logout down before the browser leaves; `messageFor` makes what a page of ours will have to post. */
  async begin(
    connection: ConnectionRef,
    { redirectUri, browser }: WayBack,
    messageFor: (id: string) => string | null = () => null,
  ): Promise<BegunLogout> {
    const id = uuidV7();
    const binding = browser ? bindBrowser(id, this.config.secureOrigin, LIFETIME_SECONDS) : undefined;
    await this.database.inWorkspace(connection.workspaceId, async () => {
      await this.database.query(
        `insert into logout_requests (id, connection_id, browser_hash, redirect_uri, message, expires_at)
         values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
        [id, connection.id, binding?.hash ?? null, redirectUri, messageFor(id), LIFETIME_SECONDS],
      );
    });
    return { id, setCookies: binding ? [binding.setCookie] : [] };
  }

  /** The message that waits to be posted; undefined when there is none, or no longer. */
  async messageOf(connection: ConnectionRef, id: string): Promise<string | undefined> {
    if (!isUuid(id)) return undefined;
    const [row] = await this.database.inWorkspace(connection.workspaceId, () =>
      this.database.query<{ message: string | null }>(
        `select message from logout_requests
          where id = $1 and connection_id = $2 and consumed_at is null and expires_at > now()`,
        [id, connection.id],
      ),
    );
    return row?.message ?? undefined;
  }

  /**
   * Takes a logout back, by one conditional update: of many at once, one succeeds. `whenTaken` runs in its transaction,
   * to record the event. Throws 400 `logout_request_unknown`, `logout_request_expired`, `logout_request_replayed`, 401 `browser_mismatch`.
   */
  async consume(
    connection: ConnectionRef,
    requestId: string,
    cookieHeader: string | undefined,
    whenTaken: () => void,
  ): Promise<ReturnedLogout> {
    if (!isUuid(requestId)) throw unknownLogout();
    const id = requestId.toLowerCase();
    const secure = this.config.secureOrigin;
    const shown = shownBinding(id, cookieHeader, secure);
    return this.database.inWorkspace(connection.workspaceId, async () => {
      const [taken] = await this.database.query<{ redirect_uri: string | null; bound: boolean }>(
        `update logout_requests set consumed_at = now()
          where id = $1 and connection_id = $2 and consumed_at is null and expires_at > now()
            and (browser_hash is null or browser_hash = $3)
          returning redirect_uri, browser_hash is not null as bound`,
        [id, connection.id, shown ?? Buffer.alloc(0)],
      );
      if (!taken) throw await this.refusal(connection, id);
      whenTaken();
      return {
        redirectUri: taken.redirect_uri,
        setCookies: taken.bound ? [releaseBrowser(id, secure)] : [],
      };
    });
  }

  private async refusal(connection: ConnectionRef, id: string): Promise<BadRequest | Unauthorized> {
    const [shelved] = await this.database.query<{ consumed: boolean; expired: boolean }>(
      `select consumed_at is not null as consumed, expires_at <= now() as expired
         from logout_requests where id = $1 and connection_id = $2`,
      [id, connection.id],
    );
    if (!shelved) return unknownLogout();
    if (shelved.consumed)
      return new BadRequest('logout_request_replayed', 'This logout has been answered before.');
    if (shelved.expired) return new BadRequest('logout_request_expired', 'This logout took too long.');
    return new Unauthorized('browser_mismatch', 'This logout was started in another browser.');
  }
}

function unknownLogout(): BadRequest {
  return new BadRequest('logout_request_unknown', 'This answer belongs to no logout that was started here.');
}
