import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, ValidateIf } from 'class-validator';
import { bindingsOf, BindingsDto, CertificateDto, WarningDto } from '../connection-saml.dto';
import { detectProvider } from '../detected-provider';
import { DetectedProviderDto } from '../detected-provider.dto';
import { readIdpCertificate } from '../idp-certificate';
import type { IdpMetadata } from '../saml-metadata';

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
}

/** What a connection would take out of metadata. */
export class MetadataInspectionDto {
  @ApiProperty()
  entityId: string;

  @ApiProperty()
  ssoUrl: string;

  @ApiProperty({ type: String, nullable: true })
  ssoPostUrl: string | null;

  @ApiProperty({ type: String, nullable: true })
  sloUrl: string | null;

  @ApiProperty({ type: String, nullable: true })
  sloResponseUrl: string | null;

  @ApiProperty({ type: BindingsDto })
  bindings: BindingsDto;

  @ApiProperty()
  wantsSignedRequests: boolean;

  @ApiProperty({ type: [CertificateDto] })
  certificates: CertificateDto[];

  @ApiProperty({ type: DetectedProviderDto, nullable: true })
  detected: DetectedProviderDto | null;

  @ApiProperty({ type: [WarningDto] })
  warnings: WarningDto[];

  static of(metadata: IdpMetadata, now: Date): MetadataInspectionDto {
    const { entityId, ssoUrl, ssoBinding, wantsSignedRequests } = metadata;
    const { ssoPostUrl = null, sloUrl = null, sloBinding = 'redirect', sloResponseUrl = null } = metadata;
    return {
      ...{ entityId, ssoUrl, ssoPostUrl, sloUrl, sloResponseUrl, wantsSignedRequests },
      bindings: bindingsOf({ ssoUrl, ssoPostUrl, sloUrl, sloBinding, requestBinding: ssoBinding }),
      certificates: metadata.certificates.map((pem) => CertificateDto.of(readIdpCertificate(pem, now))),
      detected: detectProvider([entityId, ssoUrl]) ?? null,
      warnings: [...metadata.warnings],
    };
  }
}
