import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Enrolment } from '../factors/enrolment';
import type { SentCode } from '../factors/sms/sms-sender.service';

const DELIVERIES = ['webhook', 'outbox'];
const HOW = 'outbox: no SMS_WEBHOOK_URL is set, so the message is a file in DATA_DIR/outbox';

/** Where a code went. */
export class SentCodeDto {
  @ApiProperty({ example: '+49•••78', description: 'Masked' })
  phone: string;

  @ApiProperty({ enum: DELIVERIES, description: HOW })
  delivery: string;

  @ApiProperty({ format: 'date-time', description: 'Until then the code is taken' })
  expiresAt: string;

  static of({ phone, delivery, expiresAt }: SentCode): SentCodeDto {
    return { phone, delivery, expiresAt: expiresAt.toISOString() };
  }
}

/** What a factor of each type is set up with. It cannot be read again. */
export class SetUpDto {
  @ApiProperty({
    enum: ['totp', 'webauthn', 'sms'],
    description: '`totp`: an authenticator app; `webauthn`: a passkey or security key; `sms`: a phone',
  })
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

  @ApiPropertyOptional({ example: '+49•••78', description: 'Of sms: where a code was sent, masked' })
  phone?: string;

  @ApiPropertyOptional({ enum: DELIVERIES, description: `Of sms; ${HOW}` })
  delivery?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Of sms: until then the code is taken' })
  expiresAt?: string;
}

export function setUpOf(enrolment: Enrolment & Partial<SentCode>): SetUpDto {
  const { id: _, expiresAt, ...rest } = enrolment;
  return { ...rest, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) };
}
