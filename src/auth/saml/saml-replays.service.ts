import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import type { SigningConnection } from '../browser/federated-login';
import type { SamlClaims } from './protocol/claims';

type Ref = Pick<SigningConnection, 'id' | 'workspaceId'>;
type Assertion = Pick<SamlClaims, 'assertionId' | 'notOnOrAfter'>;

/** Longer than the clock skew that checks grant, so that no assertion outlives the memory of it. */
const MARGIN_SECONDS = 900;

const USE_ONCE = prepared(
  'use_assertion_once',
  `insert into saml_replays (connection_id, assertion_id, expires_at)
   values ($1, $2, $3::timestamptz + make_interval(secs => $4))
   on conflict do nothing returning assertion_id`,
);

/**
 * Assertions that were used, across all instances of the service, until they could not be used anyway (SAML Profiles
 * section 4.1.4.5).
 */
@Injectable()
export class SamlReplays {
  constructor(private readonly database: Database) {}

  /**
   * Marks an assertion as used when the current transaction commits. True for exactly one of several calls with the
   * same assertion.
   */
  useOnce(connection: Ref, { assertionId, notOnOrAfter }: Assertion): Promise<boolean> {
    return this.take(connection, assertionId, notOnOrAfter);
  }

  /** As useOnce, for a request to log out. */
  useLogoutOnce(connection: Ref, requestId: string, notOnOrAfter: Date): Promise<boolean> {
    // No ID holds a blank: requests and assertions do not meet.
    return this.take(connection, `logout ${requestId}`, notOnOrAfter);
  }

  private async take({ id }: Ref, messageId: string, notOnOrAfter: Date): Promise<boolean> {
    const inserted = await this.database.query(USE_ONCE, [id, messageId, notOnOrAfter, MARGIN_SECONDS]);
    return inserted.length === 1;
  }
}
