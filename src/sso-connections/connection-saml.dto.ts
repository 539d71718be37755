import { ApiProperty } from '@nestjs/swagger';
import { type IdpCertificate, readIdpCertificate, type SetupWarning } from './idp-certificate';
import { RequestedAuthnContextDto } from './saml-request-options.dto';
import type { Binding, RequestedAuthnContext, SamlSettings, Signed } from './saml-settings.entity';

export class WarningDto implements SetupWarning {
  @ApiProperty({ description: 'What it is about; stable' })
  code: string;

  @ApiProperty({ description: 'What to look at, in a sentence' })
  detail: string;
}

export class CertificateDto {
  @ApiProperty({ description: 'The certificate, in PEM' })
  pem: string;

  @ApiProperty({ description: 'Whom it was made out to' })
  subject: string;

  @ApiProperty({ description: 'It is good from then on' })
  notBefore: Date;

  @ApiProperty({ description: 'It is good until then' })
  notAfter: Date;

  @ApiProperty({ description: 'Whole days until it expires; negative once it has' })
  daysLeft: number;

  @ApiProperty({ description: 'Of the certificate, in hexadecimal with colons' })
  sha256Fingerprint: string;

  static of({
    pem,
    subject,
    notBefore,
    notAfter,
    daysLeft,
    sha256Fingerprint,
  }: IdpCertificate): CertificateDto {
    return { pem, subject, notBefore, notAfter, daysLeft, sha256Fingerprint };
  }
}

export class BindingsDto {
  @ApiProperty({
    enum: ['redirect', 'post'],
    isArray: true,
    description: 'In which sign-in requests are taken',
  })
  sso: Binding[];

  @ApiProperty({
    enum: ['redirect', 'post'],
    nullable: true,
    description: 'In which to speak about logging out',
  })
  slo: Binding | null;
}

/** The endpoints of an identity provider, as far as they tell its bindings. */
type Endpoints = Pick<SamlSettings, 'ssoUrl' | 'ssoPostUrl' | 'sloUrl' | 'sloBinding' | 'requestBinding'>;

export function bindingsOf({
  ssoUrl,
  ssoPostUrl,
  sloUrl,
  sloBinding,
  requestBinding,
}: Endpoints): BindingsDto {
  // Where posts are the only way, both addresses are the same.
  const redirects = ssoUrl !== ssoPostUrl || requestBinding === 'redirect';
  return {
    sso: [...(redirects ? (['redirect'] as const) : []), ...(ssoPostUrl ? (['post'] as const) : [])],
    slo: sloUrl ? sloBinding : null,
  };
}

/** What may be shown of the SAML side of a connection. */
export class SamlDto {
  @ApiProperty({ description: 'What the identity provider calls itself' })
  entityId: string;

  @ApiProperty({ description: 'Where sign-in requests go' })
  ssoUrl: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where sign-in requests are posted; null: nowhere',
  })
  ssoPostUrl: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where requests to log out go; null: it takes none',
  })
  sloUrl: string | null;

  @ApiProperty({
    enum: ['redirect', 'post'],
    description: 'In which requests to log out are sent to `sloUrl`',
  })
  sloBinding: Binding;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where answers about logging out go; null: to `sloUrl`',
  })
  sloResponseUrl: string | null;

  @ApiProperty({ type: BindingsDto })
  bindings: BindingsDto;

  @ApiProperty({
    type: [CertificateDto],
    description: 'What its signatures are verified with; one is enough',
  })
  certificates: CertificateDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the metadata is read again; null: it was typed or pasted in',
  })
  metadataUrl: string | null;

  @ApiProperty({
    type: [CertificateDto],
    description: 'Metadata is taken only when it is signed with the key of one of them; none: it need not be',
  })
  metadataCertificates: CertificateDto[];

  @ApiProperty({ enum: ['assertion', 'response', 'both'], description: 'What must be signed' })
  signed: Signed;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The format of NameID that is asked for; null: any',
  })
  nameIdFormat: string | null;

  @ApiProperty({ description: 'Whether assertions may be encrypted with RSA 1.5 or AES-CBC' })
  allowWeakEncryption: boolean;

  @ApiProperty({ enum: ['redirect', 'post'], description: 'How sign-in requests travel' })
  requestBinding: Binding;

  @ApiProperty({ description: 'Whether sign-in requests are signed' })
  signRequests: boolean;

  @ApiProperty({ enum: ['rsa-sha256'], description: 'Of everything we sign' })
  signatureAlgorithm: 'rsa-sha256';

  @ApiProperty({ description: 'Whether people have to sign in anew each time' })
  forceAuthn: boolean;

  @ApiProperty({
    type: RequestedAuthnContextDto,
    nullable: true,
    description: 'How people should sign in; null: as the identity provider likes',
  })
  requestedAuthnContext: RequestedAuthnContext | null;

  @ApiProperty({ description: 'Whether a sign-in may begin at the identity provider' })
  allowIdpInitiated: boolean;

  static of(settings: SamlSettings, now: Date): SamlDto {
    const { entityId, ssoUrl, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl, metadataUrl } = settings;
    const { signed, nameIdFormat, allowWeakEncryption, requestBinding, signRequests } = settings;
    const { forceAuthn, requestedAuthnContext, allowIdpInitiated } = settings;
    const shown = (pem: string) => CertificateDto.of(readIdpCertificate(pem, now));
    return {
      ...{ entityId, ssoUrl, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl, metadataUrl },
      bindings: bindingsOf(settings),
      certificates: settings.certificates.map(shown),
      metadataCertificates: settings.metadataCertificates.map(shown),
      ...{ signed, nameIdFormat, allowWeakEncryption, requestBinding, signRequests },
      signatureAlgorithm: 'rsa-sha256',
      ...{ forceAuthn, requestedAuthnContext, allowIdpInitiated },
    };
  }
}
