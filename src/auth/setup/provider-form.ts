import { Transform } from 'class-transformer';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import { OIDC_DEFAULTS } from '../../sso-connections/oidc-set-up';
import { secretEndOf } from './secret-end';

/** A form sends its empty fields too. */
const Field =
  (most: number): PropertyDecorator =>
  (target, key) => {
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.trim() || undefined : value,
    )(target, key);
    WhenGiven()(target, key);
    IsString()(target, key);
    MaxLength(most)(target, key);
  };

/** As Field, where an empty one takes away what was there. */
const MayBeCleared =
  (most: number): PropertyDecorator =>
  (target, key) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() || null : value))(
      target,
      key,
    );
    IsOptional()(target, key);
    IsString()(target, key);
    MaxLength(most)(target, key);
  };

/** What may be typed about an identity provider; which of it belongs together is judged where it is used. */
export class ProviderForm {
  @Field(2048)
  metadataUrl?: string;

  @Field(1024 * 1024)
  metadataXml?: string;

  @Field(32_768)
  metadataCertificate?: string;

  @Field(1024)
  entityId?: string;

  @Field(2048)
  ssoUrl?: string;

  @Field(32_768)
  certificate?: string;

  @Field(1024)
  issuer?: string;

  @Field(512)
  clientId?: string;

  @Field(2048)
  clientSecret?: string;

  @MayBeCleared(64)
  clientSecretExpiresAt?: string | null;

  @MayBeCleared(253)
  hostedDomain?: string | null;

  @MayBeCleared(64)
  entraTenantId?: string | null;

  @Field(64)
  tokenEndpointAuthMethod?: string;

  @MayBeCleared(2048)
  scopes?: string | null;

  @Field(1024)
  knownIssuer?: string;

  @Field(64)
  knownSecretEnd?: string;
}

/**
 * The form as the API would have been told it: an issuer that is given is asked to describe itself, which takes the place
 * of endpoints that were typed in.
 * @throws ValidationFailed for an end of the secret that has passed
 */
export function inputOf(
  {
    certificate,
    metadataCertificate,
    issuer,
    clientId,
    clientSecret,
    clientSecretExpiresAt,
    hostedDomain,
    entraTenantId,
    tokenEndpointAuthMethod,
    scopes,
    knownIssuer,
    knownSecretEnd,
    ...saml
  }: ProviderForm,
  now: Date,
): object {
  const samlInput = given({
    ...saml,
    ...(certificate !== undefined && { certificates: [certificate] }),
    ...(metadataCertificate !== undefined && { metadataCertificates: [metadataCertificate] }),
  });
  const oidcInput = given({
    ...(issuer !== knownIssuer && { issuer }),
    ...{ clientId, clientSecret, hostedDomain, entraTenantId, tokenEndpointAuthMethod },
    clientSecretExpiresAt: secretEndOf({ clientSecretExpiresAt, knownSecretEnd }, now),
    ...(scopes !== undefined && { scopes: scopes?.split(/\s+/) ?? OIDC_DEFAULTS.scopes }),
  });
  return { ...(samlInput && { saml: samlInput }), ...(oidcInput && { oidc: oidcInput }) };
}

function given(fields: object): object | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
