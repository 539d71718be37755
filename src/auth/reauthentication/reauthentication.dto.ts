import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, IsUUID, Length, ValidateIf } from 'class-validator';
import { WhenGiven } from '../../http/when-given';

export class ReauthenticationFactorIdDto {
  @ApiProperty({ format: 'uuid', description: 'One of the factors that GET names' })
  @IsUUID()
  factorId: string;
}

/** One proof: the password, or the answer of a second factor. */
export class ReauthenticateDto {
  @ApiPropertyOptional({
    description:
      'Of sessions that began with a password; where there is a factor, of those that have shown it',
  })
  @ValidateIf(({ password, factorId }: ReauthenticateDto) => password !== undefined || factorId === undefined)
  @IsString()
  @Length(1, 1024)
  password?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Instead of a password, with a code or credential of this factor',
  })
  @ValidateIf(({ password, factorId }: ReauthenticateDto) => factorId !== undefined || password === undefined)
  @IsUUID()
  factorId?: string;

  @ApiPropertyOptional({
    example: '287082',
    description: 'What an authenticator app or a text message shows now',
  })
  @WhenGiven()
  @IsString()
  @Length(1, 64)
  code?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The PublicKeyCredential of a passkey or security key, by its toJSON()',
  })
  @WhenGiven()
  @IsObject()
  credential?: Record<string, unknown>;
}

class ReauthenticationFactorDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: '`totp` and `sms` take a code, `webauthn` a credential' })
  type: string;
}

/** How the person behind a session can prove again who they are. */
export class ReauthenticationWaysDto {
  @ApiProperty({ format: 'date-time', description: 'When they did so last' })
  authenticatedAt: string;

  @ApiProperty({ description: 'How many seconds that counts as recent, by the policy of the workspace' })
  maxAge: number;

  @ApiProperty({ description: 'Whether the password of this account will do' })
  password: boolean;

  @ApiProperty({ type: [ReauthenticationFactorDto], description: 'Those of the person that will do' })
  factors: ReauthenticationFactorDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Where the identity provider asks anew; takes redirectUri, state and codeChallenge, and leads to a new session',
  })
  loginUrl: string | null;
}

/** The session goes on; it is known now that its person is there. */
export class ReauthenticatedDto {
  @ApiProperty({ format: 'date-time', description: 'The moment that counts from now on' })
  authenticatedAt: string;

  @ApiPropertyOptional({
    enum: ['Bearer'],
    description: 'Not for browsers that hold the session as a cookie',
  })
  tokenType?: 'Bearer';

  @ApiPropertyOptional({ description: 'Says so as well; the refresh token stays as it is' })
  accessToken?: string;

  @ApiPropertyOptional({ description: 'Of the access token, in seconds' })
  expiresIn?: number;
}
