import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { API_KEY_SCOPES, type ApiKeyScope } from '../access/permissions';
import { IsInstant } from '../http/instant';
import { IsLine } from '../http/is-line';
import { pageOf } from '../http/page';
import { WhenGiven } from '../http/when-given';
import type { ApiKey, ApiKeyStatus } from './api-key.entity';
import { isIpRange } from './ip-ranges';

const WEEK_SECONDS = 604_800;

const AreIpRanges = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'areIpRanges',
      validator: {
        validate: isIpRange,
        defaultMessage: () => 'each value in allowedIps must be an IP address or a CIDR range',
      },
    },
    { each: true },
  );

export class CreateApiKeyDto {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'nightly import' })
  @IsLine(100)
  name: string;

  @ApiProperty({ enum: API_KEY_SCOPES, isArray: true, example: ['runs:read'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(API_KEY_SCOPES, { each: true })
  scopes: ApiKeyScope[];

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Without it the key lives as long as the policy of the workspace allows',
  })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  @ApiPropertyOptional({ type: [String], example: ['192.0.2.0/24'], description: 'None: from everywhere' })
  @WhenGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @AreIpRanges()
  allowedIps?: string[];
}

export class UpdateApiKeyDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100 })
  @WhenGiven()
  @IsLine(100)
  name?: string;

  @ApiPropertyOptional({ enum: API_KEY_SCOPES, isArray: true })
  @WhenGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(API_KEY_SCOPES, { each: true })
  scopes?: ApiKeyScope[];

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, description: 'null: never' })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  @ApiPropertyOptional({ type: [String] })
  @WhenGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @AreIpRanges()
  allowedIps?: string[];
}

export class RotateApiKeyDto {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: WEEK_SECONDS,
    default: 0,
    description: 'For how long the old key works beside the new one',
  })
  @WhenGiven()
  @IsInt()
  @Min(0)
  @Max(WEEK_SECONDS)
  overlapSeconds?: number;
}

/** What may be shown of a key: named field by field, so that a new column stays private until listed. */
export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: API_KEY_SCOPES, isArray: true })
  scopes: ApiKeyScope[];

  @ApiProperty({ enum: ['active', 'expired', 'revoked'] })
  status: ApiKeyStatus;

  @ApiProperty({ description: 'The last characters of the key', example: 'x7Qk' })
  hint: string;

  @ApiProperty({ format: 'uuid', description: 'The member who made it' })
  createdBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: string | null;

  @ApiProperty({ type: [String] })
  allowedIps: string[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To the minute' })
  lastUsedAt: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt: string | null;

  @ApiProperty({ type: String, nullable: true, enum: ['revoked', 'rotated', 'creator_removed'] })
  revokeReason: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'Since when whoever made it is no member any more; the policy of the workspace keeps the key',
  })
  creatorLeftAt: string | null;

  static of(key: ApiKey): ApiKeyDto {
    return {
      id: key.id,
      name: key.name,
      scopes: key.scopes,
      status: key.status(new Date()),
      hint: key.hint,
      createdBy: key.createdBy,
      createdAt: key.createdAt.toISOString(),
      expiresAt: key.expiresAt?.toISOString() ?? null,
      allowedIps: key.allowedIps,
      lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
      revokedAt: key.revokedAt?.toISOString() ?? null,
      revokeReason: key.revokeReason,
      creatorLeftAt: key.creatorLeftAt?.toISOString() ?? null,
    };
  }
}

export const ApiKeyPage = pageOf(ApiKeyDto);

/** The one answer that carries the key; it cannot be read again. */
export class IssuedApiKeyDto extends ApiKeyDto {
  @ApiProperty({ example: 'gh_…' })
  key: string;
}

export class RotatedApiKeyDto extends IssuedApiKeyDto {
  @ApiProperty({ type: ApiKeyDto, description: 'The old key, revoked or about to expire' })
  previous: ApiKeyDto;
}

export class ScopeDto {
  @ApiProperty({ enum: API_KEY_SCOPES })
  name: ApiKeyScope;

  @ApiProperty({ example: 'See runs and their results' })
  description: string;
}

export const ScopePage = pageOf(ScopeDto);
