import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { ValidationFailed } from '../../http/problems';
import { WhenGiven } from '../../http/when-given';
import { OIDC_DEFAULTS } from '../../sso-connections/oidc-set-up';
import { SeenDto } from '../pages/forms/seen';
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
export class ProviderForm extends SeenDto {
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

  @MayBeCleared(2048)
  ssoPostUrl?: string | null;

  @MayBeCleared(2048)
  sloUrl?: string | null;

  @Field(16)
  sloBinding?: string;

  @MayBeCleared(2048)
  sloResponseUrl?: string | null;

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

  @WhenGiven()
  @IsIn(['on'])
  readAgain?: 'on';

  @MayBeCleared(2048)
  authorizationEndpoint?: string | null;

  @MayBeCleared(2048)
  tokenEndpoint?: string | null;

  @MayBeCleared(2048)
  jwksUri?: string | null;

  @MayBeCleared(2048)
  userinfoEndpoint?: string | null;

  @MayBeCleared(2048)
  endSessionEndpoint?: string | null;

  @Field(1024)
  knownIssuer?: string;

  @Field(16)
  knownEndpoints?: string;

  @Field(64)
  knownSecretEnd?: string;

  @WhenGiven()
  @IsUUID()
  once?: string;
}

/**
 * The form as the API would have been told it.
 * @throws ValidationFailed for an end of the secret that has passed, and for endpoints that are not all there
 */
export function inputOf(form: ProviderForm, now: Date): object {
  const saml = given(samlOf(form));
  const oidc = given(oidcOf(form, now));
  return { ...(saml && { saml }), ...(oidc && { oidc }) };
}

const samlOf = ({
  metadataUrl,
  metadataXml,
  metadataCertificate,
  entityId,
  ssoUrl,
  certificate,
  ssoPostUrl,
  sloUrl,
  sloBinding,
  sloResponseUrl,
}: ProviderForm): object => ({
  ...{ metadataUrl, metadataXml, entityId, ssoUrl, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl },
  certificates: certificate === undefined ? undefined : [certificate],
  metadataCertificates: metadataCertificate === undefined ? undefined : [metadataCertificate],
});

function oidcOf(form: ProviderForm, now: Date): object {
  const { clientId, clientSecret, hostedDomain, entraTenantId, tokenEndpointAuthMethod, scopes } = form;
  return {
    ...sourceOf(form),
    ...{ clientId, clientSecret, hostedDomain, entraTenantId, tokenEndpointAuthMethod },
    clientSecretExpiresAt: secretEndOf(form, now),
    scopes: scopes === undefined ? undefined : (scopes?.split(/\s+/) ?? OIDC_DEFAULTS.scopes),
  };
}

const NEEDED = ['authorizationEndpoint', 'tokenEndpoint', 'jwksUri'] as const;

/**
 * Where the endpoints come from: they were typed in; or the issuer is given, and so asked for them. It is neither while
 * what the page showed stays, so that a form can be saved that says something else while the provider does not answer.
 */
function sourceOf({ issuer, knownIssuer, knownEndpoints, readAgain, ...form }: ProviderForm): object {
  const { authorizationEndpoint, tokenEndpoint, jwksUri, userinfoEndpoint, endSessionEndpoint } = form;
  const endpoints = { authorizationEndpoint, tokenEndpoint, jwksUri, userinfoEndpoint, endSessionEndpoint };
  const isOther = issuer !== knownIssuer;
  if (!Object.values(endpoints).some(Boolean)) {
    const isEmptied = knownEndpoints === 'typed' && tokenEndpoint === null;
    return isOther || isEmptied || readAgain === 'on' ? { issuer } : {};
  }
  const missing = NEEDED.filter((name) => !endpoints[name]);
  if (missing.length > 0) {
    throw new ValidationFailed(
      missing.map((name) => ({ field: `oidc.${name}`, message: 'This is needed too.' })),
    );
  }
  return { ...endpoints, ...(isOther && { issuer }) };
}

function given(fields: object): object | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
