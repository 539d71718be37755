import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { Binding, RequestedAuthnContext } from './saml-settings.entity';

const IfGiven = () => ValidateIf((_, value: unknown) => value !== undefined);

/** No blanks and nothing invisible: a URI or URN as the standard lists them. */
const CLASS_REF = /^[^\s\p{Cc}\p{Cs}]{1,512}$/u;

export class RequestedAuthnContextDto implements RequestedAuthnContext {
  @ApiProperty({
    type: [String],
    example: ['urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'],
    description: 'How people should sign in, as URIs of SAML',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @Matches(CLASS_REF, { each: true, message: 'each value in $property must be an AuthnContextClassRef' })
  classRefs: string[];

  @ApiPropertyOptional({
    enum: ['exact', 'minimum', 'maximum', 'better'],
    default: 'exact',
    description: 'How theirs has to compare with it; Microsoft Entra ID takes `exact` only',
  })
  @IfGiven()
  @IsIn(['exact', 'minimum', 'maximum', 'better'])
  comparison: 'exact' | 'minimum' | 'maximum' | 'better' = 'exact';
}

/** How we speak to a SAML identity provider; all of it may be left out. */
export class SamlRequestOptionsDto {
  @ApiPropertyOptional({ enum: ['redirect', 'post'], description: 'How sign-in requests travel' })
  @IfGiven()
  @IsIn(['redirect', 'post'])
  requestBinding?: Binding;

  @ApiPropertyOptional({
    nullable: true,
    type: String,
    description: 'Without metadata: its single sign-on URL for the HTTP-POST binding',
  })
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  ssoPostUrl?: string | null;

  @ApiPropertyOptional({ default: true, description: 'Sign sign-in requests, with RSA-SHA256' })
  @IfGiven()
  @IsBoolean()
  signRequests?: boolean;

  @ApiPropertyOptional({ default: false, description: 'Have people sign in anew each time' })
  @IfGiven()
  @IsBoolean()
  forceAuthn?: boolean;

  @ApiPropertyOptional({
    nullable: true,
    type: RequestedAuthnContextDto,
    description: 'How people should sign in; null leaves it to the identity provider',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RequestedAuthnContextDto)
  requestedAuthnContext?: RequestedAuthnContextDto | null;

  @ApiPropertyOptional({
    default: false,
    description:
      'Let an answer that nobody asked for (a tile at the identity provider) start an ordinary sign-in',
  })
  @IfGiven()
  @IsBoolean()
  allowIdpInitiated?: boolean;

  @ApiPropertyOptional({ enum: ['redirect', 'post'], description: 'Without metadata: the binding of sloUrl' })
  @IfGiven()
  @IsIn(['redirect', 'post'])
  sloBinding?: Binding;

  @ApiPropertyOptional({
    nullable: true,
    type: String,
    description: 'Without metadata: where answers about logging out go, if not to sloUrl',
  })
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  sloResponseUrl?: string | null;
}
