import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, IsUUID, Length } from 'class-validator';
import { TokenResponseDto } from '../tokens/token-response.dto';

export class EnrollFactorDto {
  @ApiProperty({ description: 'From POST /v1/auth/login' })
  @IsString()
  @Length(1, 256)
  mfaToken: string;
}

export class VerifyFactorDto extends EnrollFactorDto {
  @ApiProperty({ format: 'uuid', description: 'One of the factors that POST /v1/auth/login named' })
  @IsUUID()
  factorId: string;

  @ApiProperty({
    description: 'The code an authenticator app shows now, or a recovery code',
    example: '287082',
  })
  @IsString()
  @Length(1, 64)
  code: string;
}

export class EnrollingFactorDto {
  @ApiProperty({ format: 'uuid' })
  factorId: string;

  @ApiProperty({ enum: ['totp'] })
  type: 'totp';

  @ApiProperty({ description: 'Base32. Shown here and never again' })
  secret: string;

  @ApiProperty({ description: 'The same for authenticator apps, as a link or QR code' })
  otpauthUrl: string;
}

/** Tokens, and with the first factor of somebody the codes that stand in for it. */
export class MfaTokenResponseDto extends TokenResponseDto {
  @ApiPropertyOptional({ type: [String], description: 'Shown here and never again' })
  recoveryCodes?: string[];
}
