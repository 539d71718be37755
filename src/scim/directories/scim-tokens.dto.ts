import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { SCIM_SCOPES, type ScimScope } from '../../access/scim-scopes';
import { DAY_SECONDS } from '../../config/durations';
import { IsInstant } from '../../http/instant';
import { IsName } from '../../http/is-line';
import { pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { ScimToken } from './scim-token.entity';

const SCOPES_ABOUT =
  '`read`: look at users and groups. `users`, `groups`: look at those and change them. All unless told.';

export class CreateScimTokenDto {
  @ApiProperty({ example: 'Okta', minLength: 1, maxLength: 80 })
  @IsName(80)
  name: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Without it the credential lasts until revoked.',
  })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  @ApiPropertyOptional({ enum: SCIM_SCOPES, isArray: true, description: SCOPES_ABOUT })
  @WhenGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(SCIM_SCOPES, { each: true })
  scopes?: ScimScope[];
}

export class RotateScimTokenDto {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: 30 * DAY_SECONDS,
    default: 7 * DAY_SECONDS,
    description: 'For how long the old one goes on working. 0: it ends at once.',
  })
  @WhenGiven()
  @IsInt()
  @Min(0)
  @Max(30 * DAY_SECONDS)
  overlapSeconds?: number;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'When the new one ends. Without it, it lasts as long as the old one did; null: until revoked.',
  })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;
}

/** What may be shown of a token. */
export class ScimTokenDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({
    enum: SCIM_SCOPES,
    isArray: true,
    description: '`read` looks at users and groups, `users` and `groups` change them too',
  })
  scopes: ScimScope[];

  @ApiProperty({ description: 'The last characters of the token, or of the secret of the client.' })
  hint: string;

  @ApiProperty({ format: 'uuid', description: 'The member who made it.' })
  createdBy: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it does not expire' })
  expiresAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To the minute.' })
  lastUsedAt: Date | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the directory called itself (User-Agent).',
  })
  lastUsedBy: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The address it called from.' })
  lastUsedFrom: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it is not revoked' })
  revokedAt: Date | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The one made in its place.' })
  replacedBy: string | null;

  static of(token: ScimToken): ScimTokenDto {
    const { id, name, scopes, hint, createdBy, createdAt, expiresAt, revokedAt, replacedBy } = token;
    const { lastUsedAt, lastUsedBy, lastUsedFrom } = token;
    return {
      ...{ id, name, scopes, hint, createdBy, createdAt, expiresAt },
      ...{ lastUsedAt, lastUsedBy, lastUsedFrom, revokedAt, replacedBy },
    };
  }
}

/** The one answer that carries the token; it cannot be read again. */
export class IssuedScimTokenDto extends ScimTokenDto {
  @ApiProperty({ example: 'ghs_…', description: 'Shown once.' })
  token: string;

  @ApiProperty({ description: 'What the directory asks for as base, tenant or connector URL.' })
  baseUrl: string;
}

export class RotatedScimTokenDto extends IssuedScimTokenDto {
  @ApiProperty({ type: ScimTokenDto, description: 'The old one, revoked or about to expire.' })
  previous: ScimTokenDto;
}

export class ScimTokenPage extends pageOf(ScimTokenDto) {}

/** What may be shown of a client. */
export class ScimClientDto extends ScimTokenDto {
  @ApiProperty({ format: 'uuid', description: 'The same as `id`.' })
  clientId: string;

  static override of(client: ScimToken): ScimClientDto {
    return { ...ScimTokenDto.of(client), clientId: client.id };
  }
}

/** The one answer that carries the secret; it cannot be read again. */
export class IssuedScimClientDto extends ScimClientDto {
  @ApiProperty({ example: 'ghk_…', description: 'Shown once.' })
  clientSecret: string;

  @ApiProperty({ description: 'What the directory asks for as token endpoint.' })
  tokenUrl: string;

  @ApiProperty({ description: 'What the directory asks for as base, tenant or connector URL.' })
  baseUrl: string;
}

export class RotatedScimClientDto extends IssuedScimClientDto {
  @ApiProperty({ type: ScimClientDto, description: 'The old one, revoked or about to expire.' })
  previous: ScimClientDto;
}

export class ScimClientPage extends pageOf(ScimClientDto) {}
