import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { type Role, ROLES } from '../access/permissions';
import { RateLimit } from '../http/rate-limit';
import { WhenGiven } from '../http/when-given';
import { AuditPolicyDto, auditPolicyOf } from './audit-policy.dto';
import { MfaPolicyDto, mfaPolicyOf } from './mfa-policy.dto';
import { SessionPolicyDto, sessionPolicyOf } from './session-policy.dto';
import { ScimPolicyDto, UpdateScimPolicyDto } from './workspace-policy-scim.dto';
import type { WorkspacePolicy } from './workspace-policy.entity';

const ON_MEMBER_REMOVAL = ['keep', 'revoke'] as const;

export class JitPolicyDto {
  @ApiProperty({
    description: 'Whether a first sign-in through an identity provider makes somebody a member',
  })
  @IsBoolean()
  enabled: boolean;

  @ApiProperty({ enum: ROLES, description: 'The role of such members whom no rule gives one' })
  @IsIn(ROLES)
  defaultRole: Role;

  @ApiProperty({
    type: [String],
    maxItems: 100,
    description: 'Verified domains whose addresses may become members so; empty: all of them',
  })
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  allowedDomains: string[];

  @ApiProperty({ description: 'Whether whoever no role mapping matches is refused instead' })
  @IsBoolean()
  requireMapping: boolean;
}

export class SsoPolicyDto {
  @ApiProperty({ description: 'Whether passwords are refused' })
  @IsBoolean()
  enforced: boolean;

  @ApiProperty({
    format: 'uuid',
    isArray: true,
    type: String,
    description: 'Admins who alone keep their password; whoever stops being admin is left out',
  })
  @IsArray()
  @ArrayMaxSize(10)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  breakGlassMemberIds: string[];

  @ApiProperty({ type: JitPolicyDto })
  jit: JitPolicyDto;
}

export class ApiKeyPolicyDto {
  @ApiProperty({ enum: ON_MEMBER_REMOVAL, description: 'What becomes of the keys of somebody who leaves' })
  @IsIn(ON_MEMBER_REMOVAL)
  onMemberRemoval: (typeof ON_MEMBER_REMOVAL)[number];

  @ApiProperty({
    type: Number,
    minimum: 1,
    maximum: 3650,
    nullable: true,
    description: 'null: keys may live for ever',
  })
  @ValidateIf((_, value) => value !== null)
  @IsInt()
  @Min(1)
  @Max(3650)
  maxLifetimeDays: number | null;

  @ApiProperty({
    type: RateLimit,
    nullable: true,
    description: 'For keys without a limit of their own, each by itself; null: what everybody gets',
  })
  @ValidateIf((_, value) => value !== null)
  @IsObject()
  @ValidateNested()
  @Type(() => RateLimit)
  rateLimit: RateLimit | null;
}

/** The whole policy of a workspace. */
export class WorkspacePolicyDto {
  @ApiProperty({ type: SessionPolicyDto })
  session: SessionPolicyDto;

  @ApiProperty({ type: MfaPolicyDto })
  mfa: MfaPolicyDto;

  @ApiProperty({ type: SsoPolicyDto })
  sso: SsoPolicyDto;

  @ApiProperty({ type: ApiKeyPolicyDto })
  apiKeys: ApiKeyPolicyDto;

  @ApiProperty({ type: ScimPolicyDto })
  scim: ScimPolicyDto;

  @ApiProperty({ type: AuditPolicyDto })
  audit: AuditPolicyDto;

  static of(policy: WorkspacePolicy): WorkspacePolicyDto {
    return {
      session: sessionPolicyOf(policy),
      mfa: mfaPolicyOf(policy),
      sso: {
        enforced: policy.ssoEnforced,
        breakGlassMemberIds: policy.breakGlassMemberIds,
        jit: {
          enabled: policy.jitEnabled,
          defaultRole: policy.jitDefaultRole,
          allowedDomains: policy.jitAllowedDomains,
          requireMapping: policy.jitRequireMapping,
        },
      },
      apiKeys: {
        onMemberRemoval: policy.apiKeysOnMemberRemoval,
        maxLifetimeDays: policy.apiKeysMaxLifetimeDays,
        rateLimit: RateLimit.of(policy.apiKeysRateRequests, policy.apiKeysRateSeconds),
      },
      scim: ScimPolicyDto.of(policy),
      audit: auditPolicyOf(policy),
    };
  }
}

/** Every field may be left out; null is no way to do so. */
const partial = <T>(whole: new () => T) => PartialType(whole, { skipNullProperties: false });

class UpdateSessionPolicyDto extends partial(SessionPolicyDto) {}
class UpdateMfaPolicyDto extends partial(MfaPolicyDto) {}
class UpdateJitPolicyDto extends partial(JitPolicyDto) {}
class UpdateApiKeyPolicyDto extends partial(ApiKeyPolicyDto) {}
class UpdateAuditPolicyDto extends partial(AuditPolicyDto) {}

class UpdateSsoPolicyDto extends partial(OmitType(SsoPolicyDto, ['jit'])) {
  @ApiPropertyOptional({ type: UpdateJitPolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateJitPolicyDto)
  jit?: UpdateJitPolicyDto;
}

/** A change: what is left out stays as it is, at every level. */
export class UpdateWorkspacePolicyDto {
  @ApiPropertyOptional({ type: UpdateSessionPolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateSessionPolicyDto)
  session?: UpdateSessionPolicyDto;

  @ApiPropertyOptional({ type: UpdateMfaPolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateMfaPolicyDto)
  mfa?: UpdateMfaPolicyDto;

  @ApiPropertyOptional({ type: UpdateSsoPolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateSsoPolicyDto)
  sso?: UpdateSsoPolicyDto;

  @ApiPropertyOptional({ type: UpdateApiKeyPolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateApiKeyPolicyDto)
  apiKeys?: UpdateApiKeyPolicyDto;

  @ApiPropertyOptional({ type: UpdateScimPolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateScimPolicyDto)
  scim?: UpdateScimPolicyDto;

  @ApiPropertyOptional({ type: UpdateAuditPolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateAuditPolicyDto)
  audit?: UpdateAuditPolicyDto;
}
