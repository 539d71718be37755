import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayContains,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { IsInstant } from '../http/instant';
import { TOKEN_ENDPOINT_AUTH_METHODS, type TokenEndpointAuthMethod } from './oidc-discovery';
import { type Prompt, PROMPTS } from './oidc-settings.entity';

/** A field may be left out; null is no way to leave it out. */
const IfGiven = () => ValidateIf((_, value: unknown) => value !== undefined);

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const ACR = /^[\x21-\x7e]{1,256}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;
const BY_HAND = 'Instead of discovery, together with the other endpoints: ';

export class OidcInputDto {
  @ApiPropertyOptional({
    description: 'The issuer, exactly as the provider writes it',
    example: 'https://idp.example',
  })
  @IfGiven()
  @IsString()
  @Length(1, 1024)
  issuer?: string;

  @ApiPropertyOptional({ description: 'What the provider calls this service' })
  @IfGiven()
  @Matches(/^[\x20-\x7e]{1,512}$/, { message: '$property must be printable ASCII' })
  clientId?: string;

  @ApiPropertyOptional({
    format: 'password',
    description: 'Never shown again. Needed again with a new issuer.',
  })
  @IfGiven()
  @Matches(/^[\x20-\x7e]{1,2048}$/, { message: '$property must be printable ASCII' })
  clientSecret?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    format: 'date-time',
    description: 'When the provider stops taking the secret; admins are warned before',
  })
  @IsOptional()
  @IsInstant()
  clientSecretExpiresAt?: string | null;

  @ApiPropertyOptional({
    type: [String],
    default: ['openid', 'email', 'profile'],
    description: 'What is asked for at a sign-in',
  })
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(30)
  @ArrayContains(['openid'], { message: '$property must include openid' })
  @Matches(SCOPE, { each: true, message: 'each value in $property must be an OAuth scope' })
  scopes?: string[];

  @ApiPropertyOptional({ description: `${BY_HAND}where the browser is sent` })
  @IfGiven()
  @IsString()
  @Length(1, 2048)
  authorizationEndpoint?: string;

  @ApiPropertyOptional({
    description: `${BY_HAND}where codes are exchanged. A new one needs the secret again.`,
  })
  @IfGiven()
  @IsString()
  @Length(1, 2048)
  tokenEndpoint?: string;

  @ApiPropertyOptional({ description: `${BY_HAND}where the provider publishes its keys` })
  @IfGiven()
  @IsString()
  @Length(1, 2048)
  jwksUri?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description:
      'Instead of discovery, together with the other endpoints: where claims beyond those of the ID token are fetched; null: nowhere',
  })
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  userinfoEndpoint?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Where people are signed out' })
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  endSessionEndpoint?: string | null;

  @ApiPropertyOptional({
    enum: TOKEN_ENDPOINT_AUTH_METHODS,
    description:
      'How the client proves itself. Left out: what the provider offers, the header before the body',
  })
  @IfGiven()
  @IsIn(TOKEN_ENDPOINT_AUTH_METHODS)
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description:
      'Seconds since the person last showed who they are; asked for (max_age) and checked (auth_time)',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(31_536_000)
  maxAge?: number | null;

  @ApiPropertyOptional({
    enum: PROMPTS,
    nullable: true,
    description: 'What the provider shall ask of the person',
  })
  @IsOptional()
  @IsIn(PROMPTS)
  prompt?: Prompt | null;

  @ApiPropertyOptional({
    type: [String],
    description: 'Ways of authentication to ask for, best first (acr_values)',
  })
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(10)
  @Matches(ACR, { each: true, message: 'each value in $property must be a name without blanks' })
  acrValues?: string[];

  @ApiPropertyOptional({ description: 'Whether one of acrValues has to come back as acr' })
  @IfGiven()
  @IsBoolean()
  acrRequired?: boolean;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'Entra: the directory (tenant) ID whose people may sign in; needed with common or organizations',
  })
  @IsOptional()
  @Matches(UUID, { message: '$property must be a UUID' })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  entraTenantId?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: "Google: the organisation's domain; asked for and checked (hd)",
    example: 'acme.example',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @Matches(DOMAIN, { message: '$property must be a domain' })
  hostedDomain?: string | null;
}
