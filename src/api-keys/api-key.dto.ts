import { ApiProperty } from '@nestjs/swagger';
import { API_KEY_SCOPES, type ApiKeyScope, PERMISSIONS } from '../access/permissions';
import { type Page, pageOf } from '../http/page';
import { RateLimit } from '../http/rate-limit';
import type { ApiKey, ApiKeyStatus } from './api-key.entity';
import { PRESET_DESCRIPTIONS, presetOf, PRESETS, type ScopePreset, SCOPES_OF_PRESET } from './api-key-scopes';

/** What may be shown of a key: named field by field, so that a new column stays private until listed. */
export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({
    enum: API_KEY_SCOPES,
    isArray: true,
    description: 'What it may do; nobody gives more than they hold',
  })
  scopes: ApiKeyScope[];

  @ApiProperty({ type: String, enum: PRESETS, nullable: true, description: 'Where the scopes are just that' })
  preset: ScopePreset | null;

  @ApiProperty({ enum: ['active', 'expired', 'revoked'], description: 'Only `active` ones are let in' })
  status: ApiKeyStatus;

  @ApiProperty({ description: 'The last characters of the key', example: 'x7Qk' })
  hint: string;

  @ApiProperty({ format: 'uuid', description: 'The member who made it' })
  createdBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it does not expire' })
  expiresAt: string | null;

  @ApiProperty({
    type: [String],
    description: 'Addresses and CIDR ranges that it may call from; none: from anywhere',
  })
  allowedIps: string[];

  @ApiProperty({ type: RateLimit, nullable: true, description: 'null: as the workspace says' })
  rateLimit: RateLimit | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Known within seconds' })
  lastUsedAt: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Where from' })
  lastUsedIp: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'GET /v1/members/:id', description: 'What for' })
  lastUsedCall: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it is not revoked' })
  revokedAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['revoked', 'rotated', 'creator_removed', 'leaked'],
    description: 'null: it is not revoked',
  })
  revokeReason: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The key that replaced it' })
  replacedBy: string | null;

  @ApiProperty({
    description: 'Whoever made it is no member any more, and the policy keeps the key: adopt or revoke it',
  })
  creatorLeft: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When whoever made it left; null: they are still a member',
  })
  creatorLeftAt: string | null;

  static of(key: ApiKey): ApiKeyDto {
    return {
      id: key.id,
      name: key.name,
      scopes: key.scopes,
      preset: presetOf(key.scopes),
      status: key.status(new Date()),
      hint: key.hint,
      createdBy: key.createdBy,
      createdAt: key.createdAt.toISOString(),
      expiresAt: key.expiresAt?.toISOString() ?? null,
      allowedIps: key.allowedIps,
      rateLimit: RateLimit.of(key.rateLimitRequests, key.rateLimitSeconds),
      lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
      lastUsedIp: key.lastUsedIp,
      lastUsedCall: key.lastUsedCall,
      revokedAt: key.revokedAt?.toISOString() ?? null,
      revokeReason: key.revokeReason,
      replacedBy: key.replacedBy,
      creatorLeft: key.creatorLeftAt !== null,
      creatorLeftAt: key.creatorLeftAt?.toISOString() ?? null,
    };
  }
}

export const ApiKeyPage = pageOf(ApiKeyDto);

/** The one answer that carries the key; it cannot be read again. */
export class IssuedApiKeyDto extends ApiKeyDto {
  @ApiProperty({ example: 'gh_…', description: 'The key itself: shown here and never again' })
  key: string;
}

export class RotatedApiKeyDto extends IssuedApiKeyDto {
  @ApiProperty({ type: ApiKeyDto, description: 'The old key, revoked or about to expire' })
  previous: ApiKeyDto;
}

export class ScopeDto {
  @ApiProperty({ enum: API_KEY_SCOPES })
  name: ApiKeyScope;

  @ApiProperty({ example: 'See runs and their results', description: 'What it allows, in words' })
  description: string;
}

export class PresetDto {
  @ApiProperty({ enum: PRESETS })
  name: ScopePreset;

  @ApiProperty({ description: 'Whom it is meant for, in words' })
  description: string;

  @ApiProperty({ enum: API_KEY_SCOPES, isArray: true, description: 'All that it includes' })
  scopes: readonly ApiKeyScope[];
}

/** All there is to choose from. */
export class ScopePage extends pageOf(ScopeDto) implements Page<ScopeDto> {
  @ApiProperty({ type: [PresetDto], description: 'Sets of scopes to choose from' })
  presets: PresetDto[];

  static readonly whole: ScopePage = {
    data: API_KEY_SCOPES.map((name) => ({ name, description: PERMISSIONS[name] })),
    presets: PRESETS.map((name) => ({
      name,
      description: PRESET_DESCRIPTIONS[name],
      scopes: SCOPES_OF_PRESET[name],
    })),
    nextCursor: null,
  };
}
