import { Injectable } from '@nestjs/common';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { BadRequest, Conflict, ValidationFailed } from '../http/problems';
import type { ConnectionWithSettings } from './connection.dto';
import {
  changedMeanwhile,
  ConnectionAdmin,
  type ConnectionChanges,
  type Seen,
} from './connection-admin.service';
import { ConnectionCreation, type NewConnection } from './connection-creation.service';
import { ConnectionReader } from './connection-reader.service';
import type { CreateConnectionDto, SamlInputDto, UpdateConnectionDto } from './connection-input.dto';
import type { SetupWarning } from './idp-certificate';
import { newKeyPair } from './keys/key-pair';
import type { OidcInputDto } from './oidc-input.dto';
import { OIDC_DEFAULTS, type OidcFields, signsItself } from './oidc-set-up';
import {
  ProviderSetUp,
  refuseIncompleteOidc,
  refuseIncompleteSaml,
  type SamlDescription,
} from './provider-set-up.service';
import { BY_ADMIN, type RevisionAuthor } from './revisions/revision-author';
import { refuseImpossibleRequests, requestOptionsOf, setupWarnings } from './saml-options';
import type { SamlSettings } from './saml-settings.entity';
import type { ConnectionType } from './sso-connection.entity';

/** Sets connections up: first everything that takes other people's servers, then one transaction. */
@Injectable()
export class ConnectionRegistration {
  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionAdmin,
    private readonly creation: ConnectionCreation,
    private readonly reader: ConnectionReader,
    private readonly setUp: ProviderSetUp,
  ) {}

  /**
   * Creates a draft; a name is enough, so that our own addresses are known at once. Throws 400 with a code for the
   * fault of the input, the metadata or the provider.
   */
  async create(
    workspaceId: string,
    input: CreateConnectionDto,
    author: RevisionAuthor = BY_ADMIN,
  ): Promise<ConnectionWithSettings> {
    refuseOtherType(input.type, input);
    const id = uuidV7();
    const now = new Date();
    const { fresh, warnings } =
      input.type === 'saml' ? await this.newSaml(id, input, now) : await this.newOidc(id, input, now);
    const created = await this.database.inWorkspace(workspaceId, async () => {
      await this.creation.create(id, fresh, author);
      return this.reader.get(id);
    });
    return { ...created, warnings };
  }

  /**
   * Changes the given fields; the first description must be complete. Refuses input from a page that showed another
   * issuer, because it is meant for that one, above all a secret; and a form that would restore values of an earlier
   * revision. Throws 404, 400 as `create`, and 409 `connection_changed`, `signed_metadata_required`.
   */
  async update(
    workspaceId: string,
    id: string,
    input: UpdateConnectionDto,
    author: RevisionAuthor = BY_ADMIN,
    seen: Seen = {},
  ): Promise<ConnectionWithSettings> {
    const { name, provider, attributeMapping, saml, oidc } = input;
    if (![name, provider, attributeMapping, saml, oidc].some((given) => given !== undefined)) {
      throw new BadRequest('nothing_to_change', 'Name at least one field to change.');
    }
    const current = await this.database.inWorkspace(workspaceId, () => this.reader.get(id));
    refuseOtherType(current.connection.type, input);
    refuseOtherIssuer(seen, current, input);

    const changes: ConnectionChanges = {
      connection: given({ name, provider, attributeMapping: plain(attributeMapping) }),
      seenRevision: seen.revision,
    };
    if (saml && author.origin === 'setup_link') {
      refuseUnsignedByLink(saml, current.saml);
      changes.judgedBy = current.connection.revision;
    }
    const warnings = saml && (await this.describeInto(changes, saml, current));
    if (oidc) await this.describeOidcInto(changes, oidc, current);
    const updated = await this.database.inWorkspace(workspaceId, () =>
      this.connections.update(id, changes, author),
    );
    return { ...updated, ...(warnings && warnings.length > 0 && { warnings }) };
  }

  private async newSaml(
    id: string,
    { name, provider, attributeMapping, saml }: CreateConnectionDto,
    now: Date,
  ): Promise<{ fresh: NewConnection; warnings: readonly SetupWarning[] }> {
    const known = { type: 'saml' as const, name, provider, attributeMapping: plain(attributeMapping) ?? {} };
    if (saml === undefined) {
      return { fresh: { ...known, settings: null, key: await newKeyPair(id, now) }, warnings: [] };
    }
    refuseIncompleteSaml(saml);
    const { description, warnings } = await this.setUp.describeSaml(saml, now);
    const { signed = 'assertion', allowWeakEncryption = false } = saml;
    const fresh = {
      ...known,
      settings: {
        ...{ sloUrl: null, metadataUrl: null, nameIdFormat: null, signed, allowWeakEncryption },
        ...complete(description),
        ...requestOptionsOf(saml),
      },
      key: await newKeyPair(id, now),
    };
    refuseImpossibleRequests(fresh.settings);
    return { fresh, warnings: [...warnings, ...setupWarnings(provider, fresh.settings)] };
  }

  private async newOidc(
    id: string,
    { name, provider, attributeMapping, oidc }: CreateConnectionDto,
    now: Date,
  ): Promise<{ fresh: NewConnection; warnings: readonly SetupWarning[] }> {
    const known = { type: 'oidc' as const, name, provider, attributeMapping: plain(attributeMapping) ?? {} };
    if (oidc === undefined) return { fresh: { ...known, settings: null }, warnings: [] };
    refuseIncompleteOidc(oidc);
    const described = await this.setUp.describeOidc(oidc);
    const fresh: NewConnection = {
      ...known,
      settings: { ...OIDC_DEFAULTS, ...described } as OidcFields,
      ...(signsItself(described)
        ? { clientSecret: null, key: await newKeyPair(id, now) }
        : { clientSecret: oidc.clientSecret! }),
    };
    return { fresh, warnings: [] };
  }

  private async describeInto(
    changes: ConnectionChanges,
    saml: SamlInputDto,
    current: ConnectionWithSettings,
  ): Promise<readonly SetupWarning[]> {
    if (!current.saml) refuseIncompleteSaml(saml);
    const described = await this.setUp.describeSaml(saml, new Date(), current.saml);
    const { description, warnings } = described;
    if (described.fromMetadata) changes.judgedBy = current.connection.revision;
    const { signed, allowWeakEncryption } = saml;
    changes.saml = given({ ...description, signed, allowWeakEncryption, ...requestOptionsOf(saml) });
    const settings = { ...current.saml, ...changes.saml };
    refuseImpossibleRequests(settings);
    const provider = changes.connection?.provider ?? current.connection.provider;
    return [...warnings, ...readNoMore(current.saml, settings), ...setupWarnings(provider, settings)];
  }

  private async describeOidcInto(
    changes: ConnectionChanges,
    oidc: OidcInputDto,
    { connection, oidc: before, keys }: ConnectionWithSettings,
  ): Promise<void> {
    if (!before) refuseIncompleteOidc(oidc);
    // Whether the secret may stay was decided by what was in force.
    changes.judgedBy = connection.revision;
    changes.oidc = await this.setUp.describeOidc(oidc, before);
    if (!signsItself({ ...before, ...changes.oidc })) {
      if (oidc.clientSecret !== undefined) changes.clientSecret = oidc.clientSecret;
      return;
    }
    if (!keys.some(({ state }) => state === 'active')) {
      throw new BadRequest(
        'client_key_required',
        'Publish and activate a key of this connection first, and tell the provider where its keys are (jwksUri).',
      );
    }
    changes.clientSecret = null;
  }
}

/** Whoever names the issuer that it has by now, by the same form a moment ago say, speaks of this one. */
function refuseOtherIssuer(
  { issuer }: Seen,
  { oidc: now }: ConnectionWithSettings,
  { oidc: said }: UpdateConnectionDto,
): void {
  if (issuer !== undefined && now?.issuer !== issuer && now?.issuer !== said?.issuer)
    throw changedMeanwhile();
}

function refuseOtherType(type: ConnectionType, { saml, oidc }: { saml?: object; oidc?: object }): void {
  const [field, foreign] = type === 'saml' ? (['oidc', oidc] as const) : (['saml', saml] as const);
  if (foreign === undefined) return;
  throw new ValidationFailed([{ field, message: `This does not belong to a connection of type ${type}.` }]);
}

/** What an admin demands of metadata is no choice of whoever has a setup link, and typed certificates would evade it. */
function refuseUnsignedByLink(input: SamlInputDto, known: SamlSettings | undefined): void {
  if (!known || known.metadataCertificates.length === 0) return;
  const isMetadata = input.metadataXml !== undefined || input.metadataUrl !== undefined;
  if (isMetadata && input.metadataCertificates === undefined) return;
  throw new Conflict(
    'signed_metadata_required',
    'An admin of the workspace has decided by whom the metadata of this connection must be signed: give that metadata.',
  );
}

/** Warns that manual settings or a metadata file replace the metadata URL, which is no longer read. */
function readNoMore(before: SamlSettings | null | undefined, after: Partial<SamlSettings>): SetupWarning[] {
  if (!before?.metadataUrl || after.metadataUrl) return [];
  return [
    {
      code: 'metadata_read_no_more',
      detail: `The metadata at ${before.metadataUrl} is read no more: a new certificate of the identity provider has to be entered here.`,
    },
  ];
}

function complete(description: SamlDescription): SamlDescription & {
  entityId: string;
  ssoUrl: string;
  certificates: string[];
} {
  const { entityId, ssoUrl, certificates } = description;
  if (!entityId || !ssoUrl || !certificates) throw new Error('The description was to be complete by now.');
  return { ...description, entityId, ssoUrl, certificates };
}

/** A DTO as plain data, without the fields that are not set. */
function plain<T extends object>(dto: T | undefined): T | undefined {
  return dto && (given({ ...dto }) as T);
}

function given<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
