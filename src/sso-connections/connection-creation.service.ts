import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { SecretsService } from '../secrets/secrets.service';
import type { ConnectionFields, SamlFields } from './connection-admin.service';
import { ConnectionKeys } from './keys/connection-keys.service';
import type { KeyPair } from './keys/key-pair';
import type { OidcFields } from './oidc-set-up';
import { OidcSettings } from './oidc-settings.entity';
import { ConnectionRevisions } from './revisions/connection-revisions.service';
import type { RevisionAuthor } from './revisions/revision-author';
import { SamlSettings } from './saml-settings.entity';
import { SsoConnection } from './sso-connection.entity';

type SamlOption =
  | 'requestBinding'
  | 'ssoPostUrl'
  | 'signRequests'
  | 'forceAuthn'
  | 'requestedAuthnContext'
  | 'allowIdpInitiated'
  | 'sloBinding'
  | 'sloResponseUrl'
  | 'metadataCertificates';

/** Options of requests have defaults in the database. */
type NewSamlFields = Omit<SamlFields, SamlOption> & Partial<Pick<SamlFields, SamlOption>>;

/** A connection ready to be kept, with what has to be encrypted still in the clear. Null: nothing is known yet. */
export type NewConnection = ConnectionFields &
  (
    | { type: 'saml'; settings: NewSamlFields | null; key: KeyPair }
    | { type: 'oidc'; settings: null }
    | { type: 'oidc'; settings: OidcFields; clientSecret: string }
    | { type: 'oidc'; settings: OidcFields; clientSecret: null; key: KeyPair }
  );

/** Makes connections, in the workspace in flight. */
@Injectable()
export class ConnectionCreation {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly secrets: SecretsService,
    private readonly keys: ConnectionKeys,
    private readonly revisions: ConnectionRevisions,
  ) {}

  /** Makes a draft with its settings if there are any, its key or client secret, and its first revision. */
  async create(id: string, fresh: NewConnection, { origin, actor }: RevisionAuthor): Promise<void> {
    const { type, name, provider, attributeMapping } = fresh;
    await this.database.repository(SsoConnection).insert({ id, type, name, provider, attributeMapping });
    if (fresh.type === 'saml') {
      if (fresh.settings)
        await this.database.repository(SamlSettings).insert({ connectionId: id, ...fresh.settings });
      await this.keys.createFirst(id, fresh.key);
    } else if (fresh.settings) {
      const { clientSecret } = fresh;
      const clientSecretId =
        clientSecret === null ? null : await this.secrets.store('oidc_client_secret', clientSecret);
      const settings = { connectionId: id, ...fresh.settings, clientSecretId };
      await this.database.repository(OidcSettings).insert(settings);
      if (fresh.clientSecret === null) await this.keys.createFirst(id, fresh.key);
    }
    const { diff } = await this.revisions.begin(id, { origin, ...(actor && { actor }) });
    this.trail.record({
      type: 'sso_connection.created',
      target: { type: 'sso_connection', id },
      data: { type, ...diff.after },
      ...(actor && { actor }),
    });
  }
}
