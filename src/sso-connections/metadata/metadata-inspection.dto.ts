import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, ValidateIf } from 'class-validator';
import { bindingsOf, BindingsDto, CertificateDto, WarningDto } from '../connection-saml.dto';
import { detectProvider } from '../detected-provider';
import { DetectedProviderDto } from '../detected-provider.dto';
import { readIdpCertificate } from '../idp-certificate';
import { MetadataCertificates } from '../metadata-certificates.decorator';
import type { IdpMetadata } from '../saml-metadata';
import { type MetadataSignature, SIGNATURE_STATUSES } from './metadata-signature';

const IfGiven = () => ValidateIf((_, value: unknown) => value !== undefined);

export class InspectMetadataDto {
  @ApiPropertyOptional({ description: "The identity provider's metadata, as text" })
  @IfGiven()
  @IsString()
  @Length(1, 1024 * 1024)
  metadataXml?: string;

  @ApiPropertyOptional({ description: 'Where its metadata is' })
  @IfGiven()
  @IsString()
  @Length(1, 2048)
  metadataUrl?: string;

  @ApiPropertyOptional({ description: 'Of metadata that describes several identity providers: which' })
  @IfGiven()
  @IsString()
  @Length(1, 1024)
  entityId?: string;

  @MetadataCertificates()
  metadataCertificates?: string[];
}

/** What there is to say about the signature of metadata. */
class MetadataSignatureDto {
  @ApiProperty({
    enum: SIGNATURE_STATUSES,
    description:
      '`trusted`: by one of the metadataCertificates; `embedded`: by a certificate that the document shows itself, which proves nothing; `unverified`: there is one that does not verify',
  })
  status: MetadataSignature['status'];

  @ApiProperty({ type: CertificateDto, nullable: true, description: 'The one it verifies with' })
  certificate: CertificateDto | null;

  @ApiProperty({ description: 'The same, in a sentence' })
  detail: string;

  static of({ status, certificate, detail }: MetadataSignature, now: Date): MetadataSignatureDto {
    const read = certificate === undefined ? null : CertificateDto.of(readIdpCertificate(certificate, now));
    return { status, certificate: read, detail };
  }
}

/** What a connection would take out of metadata. */
export class MetadataInspectionDto {
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
    type: String,
    nullable: true,
    description: 'Where answers about logging out go; null: to `sloUrl`',
  })
  sloResponseUrl: string | null;

  @ApiProperty({ type: BindingsDto })
  bindings: BindingsDto;

  @ApiProperty({ description: 'Whether it asks for signed sign-in requests' })
  wantsSignedRequests: boolean;

  @ApiProperty({
    type: [CertificateDto],
    description: 'What its signatures are verified with; one is enough',
  })
  certificates: CertificateDto[];

  @ApiProperty({
    type: DetectedProviderDto,
    nullable: true,
    description: 'Which product it is, told by its addresses; null: none that is known',
  })
  detected: DetectedProviderDto | null;

  @ApiProperty({ type: MetadataSignatureDto })
  signature: MetadataSignatureDto;

  @ApiProperty({ type: [WarningDto], description: 'What stops nothing but deserves a look' })
  warnings: WarningDto[];

  static of(metadata: IdpMetadata, now: Date): MetadataInspectionDto {
    const { entityId, ssoUrl, ssoBinding, wantsSignedRequests } = metadata;
    const { ssoPostUrl = null, sloUrl = null, sloBinding = 'redirect', sloResponseUrl = null } = metadata;
    return {
      ...{ entityId, ssoUrl, ssoPostUrl, sloUrl, sloResponseUrl, wantsSignedRequests },
      bindings: bindingsOf({ ssoUrl, ssoPostUrl, sloUrl, sloBinding, requestBinding: ssoBinding }),
      certificates: metadata.certificates.map((pem) => CertificateDto.of(readIdpCertificate(pem, now))),
      detected: detectProvider([entityId, ssoUrl]) ?? null,
      signature: MetadataSignatureDto.of(metadata.signature, now),
      warnings: [...metadata.warnings],
    };
  }
}
