import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { ApiKeyScope } from '../access/permissions';
import { WEEK_SECONDS } from '../config/durations';
import { IsInstant } from '../http/instant';
import { IsName } from '../http/is-line';
import { RateLimit } from '../http/rate-limit';
import { WhenGiven } from '../http/when-given';
import { PRESETS, SCOPE_NAMES, type ScopePreset } from './api-key-scopes';
import { isIpRange } from './ip-ranges';

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

/** The fields of a key that can be set at creation and changed later. */
class ApiKeyTermsDto {
  @ApiPropertyOptional({ enum: PRESETS, description: 'In place of scopes' })
  @WhenGiven()
  @IsIn(PRESETS)
  preset?: ScopePreset;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null: never. Without it a new key lives as long as the policy of the workspace allows',
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

  @ApiPropertyOptional({ type: RateLimit, nullable: true, description: 'null: as the workspace says' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RateLimit)
  rateLimit?: RateLimit | null;
}

export class CreateApiKeyDto extends ApiKeyTermsDto {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'nightly import' })
  @IsName(100)
  name: string;

  @ApiPropertyOptional({
    enum: SCOPE_NAMES,
    isArray: true,
    example: ['runs:read'],
    description: 'Scopes and presets; required where no preset is given',
  })
  @ValidateIf(({ preset, scopes }: CreateApiKeyDto) => preset === undefined || scopes !== undefined)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(SCOPE_NAMES, { each: true })
  scopes?: (ApiKeyScope | ScopePreset)[];
}

export class UpdateApiKeyDto extends ApiKeyTermsDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100 })
  @WhenGiven()
  @IsName(100)
  name?: string;

  @ApiPropertyOptional({
    enum: SCOPE_NAMES,
    isArray: true,
    description: 'What it may do; nobody gives more than they hold',
  })
  @WhenGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(SCOPE_NAMES, { each: true })
  scopes?: (ApiKeyScope | ScopePreset)[];
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
