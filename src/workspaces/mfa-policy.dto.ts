import { ApiProperty } from '@nestjs/swagger';
import { ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, Max, Min } from 'class-validator';
import type { WorkspacePolicy } from './workspace-policy.entity';

const REQUIRED = ['off', 'admins', 'all'] as const;
const FACTORS = ['totp', 'webauthn', 'sms'] as const;
const TRUST_IDP = ['evidence', 'always_ask', 'never_ask'] as const;

/** What a workspace demands beside a password, and of sign-ins through an identity provider. */
export class MfaPolicyDto {
  @ApiProperty({ enum: REQUIRED, description: 'Who must have a second factor' })
  @IsIn(REQUIRED)
  required: (typeof REQUIRED)[number];

  @ApiProperty({ enum: FACTORS, isArray: true, description: 'Others can neither be set up nor used' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(FACTORS, { each: true })
  allowedFactors: string[];

  @ApiProperty({
    minimum: 0,
    maximum: 90,
    description: 'For so long, people may put off setting up what is required; 0: not at all',
  })
  @IsInt()
  @Min(0)
  @Max(90)
  gracePeriodDays: number;

  @ApiProperty({
    enum: TRUST_IDP,
    description:
      'Whether a factor of ours is asked for after single sign-on. evidence: where one is required and the provider does not show that it asked for one; always_ask: as after a password; never_ask: not at all',
  })
  @IsIn(TRUST_IDP)
  trustIdp: (typeof TRUST_IDP)[number];
}

export const mfaPolicyOf = (policy: WorkspacePolicy): MfaPolicyDto => ({
  required: policy.mfaRequired,
  allowedFactors: policy.mfaAllowedFactors,
  gracePeriodDays: policy.mfaGracePeriodDays,
  trustIdp: policy.mfaTrustIdp,
});

/** The columns behind the fields; those that are not given are undefined. */
export const mfaColumnsOf = (mfa: Partial<MfaPolicyDto> | undefined): Partial<WorkspacePolicy> => ({
  mfaRequired: mfa?.required,
  mfaAllowedFactors: mfa?.allowedFactors,
  mfaGracePeriodDays: mfa?.gracePeriodDays,
  mfaTrustIdp: mfa?.trustIdp,
});

/** Whether more people must have a second factor than before. */
export const reachesFurther = (
  before: Pick<WorkspacePolicy, 'mfaRequired'>,
  after: Pick<WorkspacePolicy, 'mfaRequired'>,
): boolean => REQUIRED.indexOf(after.mfaRequired) > REQUIRED.indexOf(before.mfaRequired);
