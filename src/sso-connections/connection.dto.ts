import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { pageOf } from '../http/page';
import type { AttributeMapping } from './attribute-mapping';
import { isComplete } from './completeness';
import { AttributeMappingDto } from './connection-input.dto';
import {
  loginUrl,
  type RelyingPartyAddresses,
  relyingPartyAddresses,
  type ServiceProviderAddresses,
  serviceProviderAddresses,
} from './connection-urls';
import { SamlDto, WarningDto } from './connection-saml.dto';
import { detectProvider } from './detected-provider';
import { DetectedProviderDto } from './detected-provider.dto';
import { readIdpCertificate, type SetupWarning } from './idp-certificate';
import type { ConnectionKey } from './keys/connection-key.entity';
import { ConnectionKeyDto } from './keys/connection-keys.dto';
import { OidcDto } from './oidc.dto';
import { oidcWarnings } from './oidc-set-up';
import type { OidcSettings } from './oidc-settings.entity';
import type { RefreshState } from './refresh/refresh-records.service';
import { setupWarnings } from './saml-options';
import type { SamlSettings } from './saml-settings.entity';
import type { ConnectionStatus, ConnectionType, SsoConnection } from './sso-connection.entity';

/** A connection with the settings of its protocol; neither of them until the identity provider was described. */
export interface ConnectionWithSettings {
  connection: SsoConnection;
  saml?: SamlSettings;
  oidc?: OidcSettings;
  /** Ours, for this connection. */
  keys: readonly ConnectionKey[];
  /** Whether a test sign-in by the settings in force has passed. */
  tested: boolean;
  /** How looking again at the provider's own description went. */
  refresh?: RefreshState;
  /** What was noticed while setting it up; otherwise only the certificates are looked at again. */
  warnings?: readonly SetupWarning[];
}

class ServiceProviderDto implements ServiceProviderAddresses {
  @ApiProperty({ description: 'What this service calls itself, for this connection' })
  entityId: string;

  @ApiProperty({ description: 'Where the identity provider sends its answers (Assertion Consumer Service)' })
  acsUrl: string;

  @ApiProperty({ description: 'The same as metadata, for identity providers that read it' })
  metadataUrl: string;

  @ApiProperty({ description: 'Where it sends messages about logging out' })
  sloUrl: string;

  @ApiProperty({ description: 'PEM; verifies our signed requests' })
  certificate: string;
}

class RelyingPartyDto implements RelyingPartyAddresses {
  @ApiProperty({ description: 'Where the provider sends the browser back to' })
  redirectUri: string;

  @ApiProperty({ description: 'Where a sign-in may begin at the provider' })
  initiateLoginUri: string;

  @ApiProperty({ description: 'Where the provider sends logout tokens' })
  backchannelLogoutUri: string;

  @ApiProperty({ description: 'Where it sends the browser after signing out' })
  postLogoutRedirectUri: string;

  @ApiProperty({ description: 'For a client that proves itself by private_key_jwt' })
  jwksUri: string;
}

class MetadataRefreshDto implements RefreshState {
  @ApiProperty({ description: 'When it was last read, well or not' })
  lastTriedAt: Date;

  @ApiProperty({ type: Date, nullable: true, description: 'null: never yet' })
  lastSucceededAt: Date | null;

  @ApiProperty({ description: 'In a row, since it last succeeded' })
  failures: number;

  @ApiProperty({ type: String, nullable: true, description: 'Why it failed the last time; null: it did not' })
  error: string | null;
}

/** What may be shown of a connection: field by field, and never a secret. */
export class ConnectionDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: ['saml', 'oidc'], description: 'Which protocol it speaks' })
  type: ConnectionType;

  @ApiProperty()
  name: string;

  @ApiProperty({ description: 'Which product it is: okta, entra, …' })
  provider: string;

  @ApiProperty({
    enum: ['draft', 'tested', 'active', 'disabled'],
    description: 'People sign in by `active` ones only; `tested`: a test sign-in has passed',
  })
  status: ConnectionStatus;

  @ApiProperty({
    description: 'Whether the identity provider was described; otherwise `saml` or `oidc` is still to come',
  })
  complete: boolean;

  @ApiProperty({ description: 'The number of the settings in force; each change makes the next one' })
  revision: number;

  @ApiProperty({ description: 'Whether a test sign-in by the settings in force has passed' })
  tested: boolean;

  @ApiProperty({ type: AttributeMappingDto })
  attributeMapping: AttributeMapping;

  @ApiProperty({ description: 'Where a browser starts a sign-in' })
  loginUrl: string;

  @ApiPropertyOptional({ type: ServiceProviderDto, description: 'To be entered at a SAML identity provider' })
  sp?: ServiceProviderDto;

  @ApiPropertyOptional({ type: SamlDto })
  saml?: SamlDto;

  @ApiPropertyOptional({ type: RelyingPartyDto, description: 'To be entered at an OIDC provider' })
  rp?: RelyingPartyDto;

  @ApiPropertyOptional({ type: OidcDto })
  oidc?: OidcDto;

  @ApiProperty({ type: [ConnectionKeyDto], description: 'Ours: one signs, all of them are published' })
  keys: ConnectionKeyDto[];

  @ApiProperty({
    type: MetadataRefreshDto,
    nullable: true,
    description: "When the provider's description was last read again; null: not yet",
  })
  refresh: MetadataRefreshDto | null;

  @ApiProperty({
    type: DetectedProviderDto,
    nullable: true,
    description: 'Which product it is, told by its addresses',
  })
  detected: DetectedProviderDto | null;

  @ApiProperty({ type: [WarningDto], description: 'What stops nothing but deserves a look' })
  warnings: WarningDto[];

  @ApiProperty()
  createdAt: Date;

  @ApiProperty()
  updatedAt: Date;

  static of(
    { connection, saml, oidc, keys, tested, refresh, warnings }: ConnectionWithSettings,
    publicUrl: string,
    now: Date,
  ): ConnectionDto {
    const { id, type, name, provider, status, revision, attributeMapping, createdAt, updatedAt } = connection;
    const certificates = saml?.certificates.map((pem) => readIdpCertificate(pem, now)) ?? [];
    return {
      ...{ id, type, name, provider, status, complete: isComplete({ saml, oidc }) },
      ...{ revision, tested, attributeMapping },
      loginUrl: loginUrl(publicUrl, connection),
      ...(type === 'saml'
        ? { sp: { ...serviceProviderAddresses(publicUrl, id), certificate: activeOf(keys).certificate } }
        : { rp: relyingPartyAddresses(publicUrl, id) }),
      ...(saml && { saml: SamlDto.of(saml, now) }),
      ...(oidc && { oidc: OidcDto.of(oidc) }),
      keys: keys.map(ConnectionKeyDto.of),
      refresh: refresh ?? null,
      detected: detectProvider(saml ? [saml.entityId, saml.ssoUrl] : [oidc?.issuer ?? '']) ?? null,
      warnings: [
        ...(warnings ?? [
          ...certificates.flatMap((certificate) => certificate.warnings),
          ...(saml ? setupWarnings(provider, saml) : []),
        ]),
        ...(oidc ? oidcWarnings(oidc, provider) : []),
      ],
      ...{ createdAt, updatedAt },
    };
  }
}

export const ConnectionPage = pageOf(ConnectionDto);

function activeOf(keys: readonly ConnectionKey[]): ConnectionKey {
  const active = keys.find(({ state }) => state === 'active');
  if (!active) throw new Error('A SAML connection always has a key that signs.');
  return active;
}
