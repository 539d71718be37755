import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsName } from '../http/is-line';
import type { AttributeMapping } from './attribute-mapping';
import { MetadataCertificates } from './metadata-certificates.decorator';
import { OidcInputDto } from './oidc-input.dto';
import { SamlRequestOptionsDto } from './saml-request-options.dto';
import type { Signed } from './saml-settings.entity';
import type { ConnectionType } from './sso-connection.entity';

/** A field may be left out; null is no way to leave it out. */
const IfGiven = () => ValidateIf((_, value: unknown) => value !== undefined);

const NAME_ID_FORMAT = /^urn:oasis:names:tc:SAML:(1\.1|2\.0):nameid-format:[A-Za-z0-9]{1,64}$/;

/** Names of attributes may hold anything but what cannot be stored or seen. */
const ATTRIBUTE_NAME = /^[^\p{Cc}\p{Cs}]{1,256}$/u;
const WrongName = { message: '$property must be the name of an attribute' };

export class AttributeMappingDto implements AttributeMapping {
  @ApiPropertyOptional({
    example: 'mail',
    description: 'The name of the attribute or claim that holds it; left out: the usual ones',
  })
  @IfGiven()
  @Matches(ATTRIBUTE_NAME, WrongName)
  email?: string;

  @ApiPropertyOptional({
    description: 'The name of the attribute or claim that holds it; left out: the usual ones',
  })
  @IfGiven()
  @Matches(ATTRIBUTE_NAME, WrongName)
  givenName?: string;

  @ApiPropertyOptional({
    description: 'The name of the attribute or claim that holds it; left out: the usual ones',
  })
  @IfGiven()
  @Matches(ATTRIBUTE_NAME, WrongName)
  familyName?: string;

  @ApiPropertyOptional({
    description: 'The name of the attribute or claim that holds it; left out: the usual ones',
  })
  @IfGiven()
  @Matches(ATTRIBUTE_NAME, WrongName)
  displayName?: string;

  @ApiPropertyOptional({
    example: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
    description: 'The name of the attribute or claim that holds it; left out: the usual ones',
  })
  @IfGiven()
  @Matches(ATTRIBUTE_NAME, WrongName)
  groups?: string;

  @ApiPropertyOptional({
    description: 'The name of the attribute or claim that holds it; left out: the usual ones',
  })
  @IfGiven()
  @Matches(ATTRIBUTE_NAME, WrongName)
  department?: string;

  @ApiPropertyOptional({
    enum: [';', ',', '|'],
    description: 'SAML: what separates groups that the identity provider joins into one value',
  })
  @IfGiven()
  @IsIn([';', ',', '|'])
  groupsSeparator?: string;
}

export class SamlInputDto extends SamlRequestOptionsDto {
  @ApiPropertyOptional({ description: "The identity provider's metadata, as text" })
  @IfGiven()
  @IsString()
  @Length(1, 1024 * 1024)
  metadataXml?: string;

  @ApiPropertyOptional({ description: 'Where its metadata is; read now, and again on a schedule' })
  @IfGiven()
  @IsString()
  @Length(1, 2048)
  metadataUrl?: string;

  @MetadataCertificates()
  metadataCertificates?: string[];

  @ApiPropertyOptional({
    description: 'Without metadata: its entity ID (issuer). Beside metadata of several: which of them',
  })
  @IfGiven()
  @IsString()
  @Matches(ATTRIBUTE_NAME, { message: '$property must be a name or URI' })
  @MaxLength(1024)
  entityId?: string;

  @ApiPropertyOptional({
    description: 'Without metadata: its single sign-on URL for the HTTP-Redirect binding',
  })
  @IfGiven()
  @IsString()
  @Length(1, 2048)
  ssoUrl?: string;

  @ApiPropertyOptional({
    description: 'Without metadata: its single logout URL',
    nullable: true,
    type: String,
  })
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  sloUrl?: string | null;

  @ApiPropertyOptional({
    type: [String],
    description: 'Without metadata: its signing certificates, PEM or Base64',
  })
  @IfGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @MaxLength(32_768, { each: true })
  certificates?: string[];

  @ApiPropertyOptional({ enum: ['assertion', 'response', 'both'], description: 'What must be signed' })
  @IfGiven()
  @IsIn(['assertion', 'response', 'both'])
  signed?: Signed;

  @ApiPropertyOptional({ nullable: true, type: String, description: 'NameID format to ask for' })
  @IsOptional()
  @Matches(NAME_ID_FORMAT, { message: '$property must be a NameID format of SAML' })
  nameIdFormat?: string | null;

  @ApiPropertyOptional({
    default: false,
    description:
      'Accept assertions that are encrypted with RSA 1.5 or AES-CBC, for identity providers with nothing better',
  })
  @IfGiven()
  @IsBoolean()
  allowWeakEncryption?: boolean;
}

export class CreateConnectionDto {
  @ApiProperty({ enum: ['saml', 'oidc'], description: 'Which protocol it speaks' })
  @IsIn(['saml', 'oidc'])
  type: ConnectionType;

  @ApiProperty({ example: 'Acme Okta' })
  @IsName(80)
  name: string;

  @ApiPropertyOptional({
    default: 'other',
    example: 'okta',
    description: 'Which product it is: okta, entra, …',
  })
  @IfGiven()
  @Matches(/^\P{Cc}{1,64}$/u, { message: '$property must have 1 to 64 characters' })
  provider: string = 'other';

  @ApiPropertyOptional({ type: SamlInputDto, description: 'For type saml; may follow later' })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => SamlInputDto)
  saml?: SamlInputDto;

  @ApiPropertyOptional({ type: OidcInputDto, description: 'For type oidc; may follow later' })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => OidcInputDto)
  oidc?: OidcInputDto;

  @ApiPropertyOptional({ type: AttributeMappingDto })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => AttributeMappingDto)
  attributeMapping?: AttributeMappingDto;
}

export class UpdateConnectionDto {
  @ApiPropertyOptional()
  @IfGiven()
  @IsName(80)
  name?: string;

  @ApiPropertyOptional({ description: 'Which product it is: okta, entra, …' })
  @IfGiven()
  @Matches(/^\P{Cc}{1,64}$/u, { message: '$property must have 1 to 64 characters' })
  provider?: string;

  @ApiPropertyOptional({ type: SamlInputDto })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => SamlInputDto)
  saml?: SamlInputDto;

  @ApiPropertyOptional({ type: OidcInputDto })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => OidcInputDto)
  oidc?: OidcInputDto;

  @ApiPropertyOptional({ type: AttributeMappingDto, description: 'Takes the place of the whole mapping' })
  @IfGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => AttributeMappingDto)
  attributeMapping?: AttributeMappingDto;
}

export class ActivateConnectionDto {
  @ApiPropertyOptional({ enum: [true], description: 'Activate without a passed test: recorded as high risk' })
  @IfGiven()
  @Equals(true)
  untested?: true;
}
