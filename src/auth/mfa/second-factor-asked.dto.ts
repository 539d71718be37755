import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class AskedFactorDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: ['totp', 'webauthn', 'sms', 'recovery'],
    description:
      '`totp` and `sms` are answered with a code, `webauthn` by an authenticator, `recovery` with one of the recovery codes',
  })
  type: string;
}

/** What a right first step answers where it is not enough. */
export class SecondFactorAskedDto {
  @ApiProperty({
    enum: ['mfa_required'],
    description: 'The password was right; a second factor is needed before there are tokens',
  })
  status: 'mfa_required';

  @ApiProperty({ description: 'Good for one sign-in at POST /v1/auth/mfa/verify, for five minutes' })
  mfaToken: string;

  @ApiProperty({ type: [AskedFactorDto], description: 'Any of them will do' })
  factors: AskedFactorDto[];

  @ApiProperty({ description: 'There is none yet: set one up at POST /v1/auth/mfa/enroll first' })
  enrollmentRequired: boolean;

  @ApiPropertyOptional({
    enum: ['totp', 'webauthn', 'sms'],
    isArray: true,
    description: 'Where there is none yet: what may be set up',
  })
  enrollableFactors?: string[];

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'Until then, setting one up can be put off at POST /v1/auth/mfa/skip',
  })
  enrollmentSkippableUntil?: string;
}
