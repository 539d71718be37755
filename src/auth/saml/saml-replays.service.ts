import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { SigningConnection } from '../browser/federated-login';
import type { SamlClaims } from './protocol/claims';

type Ref = Pick<SigningConnection, 'id' | 'workspaceId'>;
type Assertion = Pick<SamlClaims, 'assertionId' | 'notOnOrAfter'>;

/** Longer than the clock skew that checks grant, so that no assertion outlives the memory of it. */
const MARGIN_SECONDS = 900;

/**
 * Assertions that were used, across all instances of the service, until they could not be used anyway (SAML Profiles
 * section 4.1.4.5). Each call is a transaction of its own.
 */
@Injectable()
export class SamlReplays {
  constructor(private readonly database: Database) {}

  /** Marks an assertion as used. Of many calls with the same one, exactly one is answered with true. */
  useOnce(connection: Ref, { assertionId, notOnOrAfter }: Assertion): Promise<boolean> {
    return this.database.inWorkspace(connection.workspaceId, () =>
      this.take(connection, assertionId, notOnOrAfter),
    );
  }

  /** As useOnce, for a request to log out and in the transaction in flight: it is used up only if that is committed. */
  useLogoutOnce(connection: Ref, requestId: string, notOnOrAfter: Date): Promise<boolean> {
    // No ID holds a blank: requests and assertions do not meet.
    return this.take(connection, `logout ${requestId}`, notOnOrAfter);
  }

  private async take({ id }: Ref, messageId: string, notOnOrAfter: Date): Promise<boolean> {
    await this.database.query('delete from saml_replays where expires_at < now()');
    const inserted = await this.database.query(
      `insert into saml_replays (connection_id, assertion_id, expires_at)
       values ($1, $2, $3::timestamptz + make_interval(secs => $4))
       on conflict do nothing returning assertion_id`,
      [id, messageId, notOnOrAfter, MARGIN_SECONDS],
    );
    return inserted.length === 1;
  }

  isUsed(connection: Ref, { assertionId }: Assertion): Promise<boolean> {
    return this.database.inWorkspace(connection.workspaceId, async () => {
      const rows = await this.database.query(
        'select 1 from saml_replays where connection_id = $1 and assertion_id = $2',
        [connection.id, assertionId],
      );
      return rows.length > 0;
    });
  }
}
