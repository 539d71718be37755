import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import { DAY_SECONDS } from '../config/durations';
import type { WorkspacePolicy } from './workspace-policy.entity';

/** Stricter values hold for running sessions at once; looser ones for those that begin from then on. */
export class SessionPolicyDto {
  @ApiProperty({
    minimum: 60,
    maximum: 3600,
    description: 'How long an access token is good before it has to be renewed',
  })
  @IsInt()
  @Min(60)
  @Max(3600)
  accessTokenSeconds: number;

  @ApiProperty({
    minimum: 300,
    maximum: 90 * DAY_SECONDS,
    description: 'A session unused for this long ends',
  })
  @IsInt()
  @Min(300)
  @Max(90 * DAY_SECONDS)
  idleSeconds: number;

  @ApiProperty({
    minimum: 300,
    maximum: 365 * DAY_SECONDS,
    description: 'A session ends after this, used or not; sooner where its identity provider said so',
  })
  @IsInt()
  @Min(300)
  @Max(365 * DAY_SECONDS)
  absoluteSeconds: number;

  @ApiProperty({
    type: Number,
    minimum: 1,
    maximum: 1000,
    nullable: true,
    description: 'Live sessions of one member; one more ends the oldest. null: as many as they like',
  })
  @ValidateIf((_, value) => value !== null)
  @IsInt()
  @Min(1)
  @Max(1000)
  maxConcurrent: number | null;

  @ApiProperty({
    minimum: 60,
    maximum: DAY_SECONDS,
    description:
      'For sensitive calls: how long ago somebody may have proved who they are (RFC 9470), by signing in or at POST /v1/auth/reauthenticate',
  })
  @IsInt()
  @Min(60)
  @Max(DAY_SECONDS)
  freshSeconds: number;
}

export function sessionPolicyOf(policy: WorkspacePolicy): SessionPolicyDto {
  return {
    accessTokenSeconds: policy.accessTokenSeconds,
    idleSeconds: policy.idleSeconds,
    absoluteSeconds: policy.absoluteSeconds,
    maxConcurrent: policy.maxConcurrentSessions,
    freshSeconds: policy.freshSeconds,
  };
}
