import { ApiProperty } from '@nestjs/swagger';
import { type IdpCertificate, readIdpCertificate, type SetupWarning } from './idp-certificate';
import { RequestedAuthnContextDto } from './saml-request-options.dto';
import type { Binding, RequestedAuthnContext, SamlSettings, Signed } from './saml-settings.entity';

export class WarningDto implements SetupWarning {
  @ApiProperty()
  code: string;

  @ApiProperty()
  detail: string;
}

export class CertificateDto {
  @ApiProperty()
  pem: string;

  @ApiProperty()
  subject: string;

  @ApiProperty()
  notBefore: Date;

  @ApiProperty()
  notAfter: Date;

  @ApiProperty({ description: 'Whole days until it expires; negative once it has' })
  daysLeft: number;

  @ApiProperty()
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
  @ApiProperty()
  entityId: string;

  @ApiProperty()
  ssoUrl: string;

  @ApiProperty({ type: String, nullable: true })
  ssoPostUrl: string | null;

  @ApiProperty({ type: String, nullable: true })
  sloUrl: string | null;

  @ApiProperty({ enum: ['redirect', 'post'] })
  sloBinding: Binding;

  @ApiProperty({ type: String, nullable: true })
  sloResponseUrl: string | null;

  @ApiProperty({ type: BindingsDto })
  bindings: BindingsDto;

  @ApiProperty({ type: [CertificateDto] })
  certificates: CertificateDto[];

  @ApiProperty({ type: String, nullable: true })
  metadataUrl: string | null;

  @ApiProperty({
    type: [CertificateDto],
    description: 'Metadata is taken only when it is signed with the key of one of them; none: it need not be',
  })
  metadataCertificates: CertificateDto[];

  @ApiProperty({ enum: ['assertion', 'response', 'both'] })
  signed: Signed;

  @ApiProperty({ type: String, nullable: true })
  nameIdFormat: string | null;

  @ApiProperty()
  allowWeakEncryption: boolean;

  @ApiProperty({ enum: ['redirect', 'post'] })
  requestBinding: Binding;

  @ApiProperty()
  signRequests: boolean;

  @ApiProperty({ enum: ['rsa-sha256'], description: 'Of everything we sign' })
  signatureAlgorithm: 'rsa-sha256';

  @ApiProperty()
  forceAuthn: boolean;

  @ApiProperty({ type: RequestedAuthnContextDto, nullable: true })
  requestedAuthnContext: RequestedAuthnContext | null;

  @ApiProperty()
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
