import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, IsUUID, Length } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import { FactorAnswerDto } from '../factors/answer.dto';
import { TokenResponseDto } from '../tokens/token-response.dto';
import { SetUpDto } from './set-up.dto';

const TYPES = ['totp', 'webauthn', 'sms'] as const;
const FROM_LOGIN = { description: 'From POST /v1/auth/login' };
const NAMED_BY_LOGIN = { format: 'uuid', description: 'One of the factors that POST /v1/auth/login named' };

export class EnrollFactorDto {
  @ApiProperty(FROM_LOGIN)
  @IsString()
  @Length(1, 256)
  mfaToken: string;

  @ApiPropertyOptional({
    enum: TYPES,
    default: 'totp',
    description: '`totp`: an authenticator app; `webauthn`: a passkey or security key; `sms`: a phone',
  })
  @WhenGiven()
  @IsIn(TYPES)
  type?: (typeof TYPES)[number];

  @ApiPropertyOptional({
    description: 'Of an sms factor, with its country code',
    example: '+49 151 12345678',
  })
  @WhenGiven()
  @IsString()
  @Length(1, 32)
  phone?: string;
}

export class MfaTokenDto {
  @ApiProperty(FROM_LOGIN)
  @IsString()
  @Length(1, 256)
  mfaToken: string;
}

export class ChosenFactorDto {
  @ApiProperty(FROM_LOGIN)
  @IsString()
  @Length(1, 256)
  mfaToken: string;

  @ApiProperty(NAMED_BY_LOGIN)
  @IsUUID()
  factorId: string;
}

export class VerifyFactorDto extends FactorAnswerDto {
  @ApiProperty(FROM_LOGIN)
  @IsString()
  @Length(1, 256)
  mfaToken: string;

  @ApiProperty(NAMED_BY_LOGIN)
  @IsUUID()
  factorId: string;
}

export class EnrollingFactorDto extends SetUpDto {
  @ApiProperty({ format: 'uuid', description: 'To confirm it by' })
  factorId: string;
}

export class RequestOptionsDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'PublicKeyCredentialRequestOptions in its JSON form, for navigator.credentials.get()',
  })
  options: object;
}

/** Tokens, and with the first factor of somebody the codes that stand in for it. */
export class MfaTokenResponseDto extends TokenResponseDto {
  @ApiPropertyOptional({ type: [String], description: 'Shown here and never again' })
  recoveryCodes?: string[];
}
