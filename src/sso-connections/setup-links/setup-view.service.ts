import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { NotFound } from '../../http/problems';
import { type AttemptReport, reportOf } from '../attempts/attempt-report';
import { ConnectionTests } from '../attempts/connection-tests.service';
import { ConnectionReader } from '../connection-reader.service';
import type { AttributeMapping } from '../attribute-mapping';
import { OIDC_NAMES } from '../attribute-sources';
import { ConnectionDto } from '../connection.dto';
import { type Place, PLACES, vendorOf } from '../diagnosis/vendor-consoles';
import type { LoginAttempt } from '../attempts/login-attempt.entity';
import { ConnectionRevisions } from '../revisions/connection-revisions.service';
import type { SetupVisit } from './setup-visits.service';

/** One of our values, with its name here and the field at the vendor where it goes. */
export interface ValueToEnter {
  readonly name: string;
  readonly value: string;
  readonly where: string | undefined;
  /** `lines`: copied with its line breaks. `words`: an explanation that is not copied. */
  readonly shape?: 'lines' | 'words';
}

export interface ListedAttempt {
  readonly id: string;
  readonly kind: LoginAttempt['kind'];
  readonly email: string | null;
  readonly status: LoginAttempt['status'] | 'expired';
  readonly code: string | null;
  readonly startedAt: Date;
}

/** Everything that somebody who sets a connection up gets to see. */
export interface SetupView {
  readonly connection: ConnectionDto;
  readonly values: readonly ValueToEnter[];
  readonly attempts: readonly ListedAttempt[];
  /** The names of attributes or claims that came with these sign-ins, in alphabetical order. */
  readonly cameAs: readonly string[];
  /** Where its metadata was read, before single values or a file took the place of that. */
  readonly readBefore: string | null;
}

const MOST_ATTEMPTS = 20;
const WHEN_ASKED = 'where it wants one: for signed requests, single logout or encryption';

/**
 * Shows a connection and its sign-ins to the person who sets it up. The holder of a setup link sees the tests started
 * through this link; an admin sees all.
 */
@Injectable()
export class SetupViews {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly reader: ConnectionReader,
    private readonly tests: ConnectionTests,
    private readonly revisions: ConnectionRevisions,
  ) {}

  overview(visit: SetupVisit): Promise<SetupView & { readonly expiresAt: Date }> {
    return this.database.inWorkspace(visit.workspaceId, async () => {
      const query = { limit: 200, kind: 'test' } as const;
      const attempts = (await this.tests.list(visit.connectionId, query)).filter((attempt) =>
        isBy(visit, attempt),
      );
      return {
        ...(await this.show(visit.connectionId, attempts)),
        expiresAt: visit.expiresAt,
      };
    });
  }

  /** For an admin, in the workspace in flight. Throws NotFound. */
  async whole(connectionId: string): Promise<SetupView> {
    return this.show(connectionId, await this.tests.list(connectionId, { limit: MOST_ATTEMPTS }));
  }

  /** A test of this link with its checks. Throws NotFound, also for sign-ins of others. */
  attempt(visit: SetupVisit, attemptId: string): Promise<{ report: AttemptReport; name: string }> {
    return this.database.inWorkspace(visit.workspaceId, () =>
      this.anyAttempt(visit.connectionId, attemptId, (attempt) => isBy(visit, attempt)),
    );
  }

  /** Any sign-in with its checks, for an admin, in the workspace in flight. Throws NotFound. */
  async anyAttempt(
    connectionId: string,
    attemptId: string,
    isShown: (attempt: LoginAttempt) => boolean = () => true,
  ): Promise<{ report: AttemptReport; name: string }> {
    const { attempt, connection } = await this.tests.get(connectionId, attemptId);
    if (!isShown(attempt)) throw new NotFound('Login attempt');
    return { report: reportOf(attempt, connection, this.config.publicUrl), name: connection.name };
  }

  private async show(connectionId: string, attempts: readonly LoginAttempt[]): Promise<SetupView> {
    const now = new Date();
    const connection = ConnectionDto.of(await this.reader.get(connectionId), this.config.publicUrl, now);
    const isReadNowhere = connection.saml?.metadataUrl === null;
    return {
      connection,
      values: valuesOf(connection),
      readBefore: isReadNowhere ? await this.revisions.lastMetadataUrl(connectionId) : null,
      attempts: attempts.slice(0, MOST_ATTEMPTS).map((attempt) => listed(attempt, now)),
      cameAs: [...new Set(attempts.flatMap(({ attributes }) => Object.keys(attributes ?? {})))].sort(),
    };
  }
}

const isBy = ({ linkId }: SetupVisit, { kind, startedBy }: LoginAttempt): boolean =>
  kind === 'test' && startedBy?.type === 'system' && startedBy.id === linkId;

function listed(
  { id, kind, email, status, code, startedAt, expiresAt }: LoginAttempt,
  now: Date,
): ListedAttempt {
  const expired = status === 'started' && expiresAt !== null && expiresAt <= now;
  return { id, kind, email, status: expired ? 'expired' : status, code, startedAt };
}

function valuesOf({ provider, loginUrl, sp, rp, keys, attributeMapping }: ConnectionDto): ValueToEnter[] {
  const where = (place: Place) => PLACES[place][vendorOf(provider)];
  const value = (name: string, text: string, place?: Place) => ({
    ...{ name, value: text, where: place && where(place) },
  });
  const words = (...said: Parameters<typeof value>) => ({ ...value(...said), shape: 'words' as const });
  return [
    ...(sp
      ? [
          value('ACS URL', sp.acsUrl, 'acs_url'),
          value('Entity ID', sp.entityId, 'entity_id'),
          value('Metadata of ours, if it can read some', sp.metadataUrl),
          value('Single logout URL', sp.sloUrl, 'logout'),
          words('Name ID', 'one that never changes, or the email address', 'name_id'),
          words('Attributes', namesOf(attributeMapping, USUAL_ATTRIBUTES), 'attributes'),
          { name: 'Certificate of ours', value: sp.certificate, where: WHEN_ASKED, shape: 'lines' as const },
        ]
      : []),
    ...(rp
      ? [
          value('Redirect URI', rp.redirectUri, 'redirect_uri'),
          value('Initiate login URI', rp.initiateLoginUri),
          value('Back-channel logout URI', rp.backchannelLogoutUri),
          value('Post-logout redirect URI', rp.postLogoutRedirectUri),
          words('Claims', namesOf(attributeMapping, OIDC_NAMES), 'attributes'),
          ...(keys.some(({ state }) => state === 'active')
            ? [value('Keys of ours (JWKS URI)', rp.jwksUri)]
            : []),
        ]
      : []),
    value('Login URL, if it wants a sign-on URL or has tiles', loginUrl),
  ];
}

/** As the pages about the products name them; whatever else is usual is read as well. */
const USUAL_ATTRIBUTES = { email: 'email', givenName: 'firstName', familyName: 'lastName', groups: 'groups' };

/** Under which names the connection reads the fields that most are asked for. */
function namesOf(mapping: AttributeMapping, usual: typeof USUAL_ATTRIBUTES): string {
  const fields = ['email', 'givenName', 'familyName', 'groups'] as const;
  return fields.map((field) => mapping[field] || usual[field]).join(', ');
}
