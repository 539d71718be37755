import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { IsName } from '../../http/is-line';
import { pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { Enrolment } from '../factors/enrolment';
import type { SentCode } from '../factors/sms/sms-sender.service';
import { SetUpDto, setUpOf } from './set-up.dto';

const TYPES = ['totp', 'webauthn', 'sms'] as const;

export class AddFactorDto {
  @ApiProperty({
    enum: TYPES,
    description: '`totp`: an authenticator app; `webauthn`: a passkey or security key; `sms`: a phone',
  })
  @IsIn(TYPES)
  type: (typeof TYPES)[number];

  @ApiPropertyOptional({ minLength: 1, maxLength: 80, description: 'For people to tell factors apart' })
  @WhenGiven()
  @IsName(80)
  name?: string;

  @ApiPropertyOptional({
    description: 'Of an sms factor, with its country code',
    example: '+49 151 12345678',
  })
  @WhenGiven()
  @IsString()
  @Length(1, 32)
  phone?: string;
}

export class RenameFactorDto {
  @ApiProperty({ minLength: 1, maxLength: 80 })
  @IsName(80)
  name: string;
}

/** The one answer that carries what the factor is set up with; it cannot be read again. */
export class AddedFactorDto extends SetUpDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  static of(enrolment: Enrolment & Partial<SentCode>, name: string | null): AddedFactorDto {
    return { id: enrolment.id, name, ...setUpOf(enrolment) };
  }
}

interface ShownFactor {
  readonly id: string;
  readonly type: string;
  readonly name: string | null;
  readonly phoneHint: string | null;
  readonly createdAt: Date;
  readonly confirmedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** A factor as the person it belongs to sees it. */
export class FactorDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: ['totp', 'webauthn', 'sms', 'recovery'],
    description:
      '`totp` and `sms` are answered with a code, `webauthn` by an authenticator, `recovery` with one of the recovery codes',
  })
  type: string;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null: waits for its first answer and opens nothing yet',
  })
  confirmedAt: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: never' })
  lastUsedAt: string | null;

  @ApiPropertyOptional({ description: 'Of a phone, masked', example: '+49•••78' })
  phone?: string;

  static of(factor: ShownFactor): FactorDto {
    return {
      id: factor.id,
      type: factor.type,
      name: factor.name,
      createdAt: factor.createdAt.toISOString(),
      confirmedAt: factor.confirmedAt?.toISOString() ?? null,
      lastUsedAt: factor.lastUsedAt?.toISOString() ?? null,
      ...(factor.phoneHint !== null && { phone: factor.phoneHint }),
    };
  }
}

export class FactorsDto extends pageOf(FactorDto) {}

export class RecoveryCodesDto {
  @ApiProperty({ type: [String], description: 'Shown here and never again' })
  recoveryCodes: string[];
}

/** A factor that counts from now on, and with the first one the codes that stand in for it. */
export class ConfirmedFactorDto extends FactorDto {
  @ApiPropertyOptional({ type: [String], description: 'With the first factor; shown here and never again' })
  recoveryCodes?: string[];
}
