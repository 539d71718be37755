import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Enrolment } from '../factors/factor-enrolment.service';

/** What a factor of each type is set up with. It cannot be read again. */
export class SetUpDto {
  @ApiProperty({ enum: ['totp', 'webauthn', 'sms'] })
  type: string;

  @ApiPropertyOptional({ description: 'Of totp: the seed in base32. Shown here and never again' })
  secret?: string;

  @ApiPropertyOptional({ description: 'Of totp: the same for authenticator apps, as a link or QR code' })
  otpauthUrl?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Of webauthn: PublicKeyCredentialCreationOptions in its JSON form, for navigator.credentials.create()',
  })
  options?: object;
}

export function setUpOf(enrolment: Enrolment): SetUpDto {
  const { id: _, ...rest } = enrolment;
  return rest;
}
