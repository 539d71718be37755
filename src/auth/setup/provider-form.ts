import { Transform } from 'class-transformer';
import { IsString, MaxLength } from 'class-validator';
import { WhenGiven } from '../../http/when-given';

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
}

/** The form as the API would have been told it. */
export function inputOf({
  certificate,
  metadataCertificate,
  issuer,
  clientId,
  clientSecret,
  ...saml
}: ProviderForm): object {
  const samlInput = given({
    ...saml,
    ...(certificate !== undefined && { certificates: [certificate] }),
    ...(metadataCertificate !== undefined && { metadataCertificates: [metadataCertificate] }),
  });
  const oidcInput = given({ issuer, clientId, clientSecret });
  return { ...(samlInput && { saml: samlInput }), ...(oidcInput && { oidc: oidcInput }) };
}

function given(fields: object): object | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
