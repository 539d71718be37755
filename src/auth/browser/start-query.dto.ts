import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';

/** What an application or a person may say when a browser sign-in starts. */
export class StartQueryDto {
  @ApiPropertyOptional({
    description:
      'Where the browser ends with a one-time code; one of APP_REDIRECT_URIS. Default: the console',
  })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  redirectUri?: string;

  @ApiPropertyOptional({ description: 'Comes back beside the code, unchanged' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  state?: string;

  @ApiPropertyOptional({
    description:
      'RFC 7636, S256: the code then needs its codeVerifier. Applications that run in browsers and on devices send one',
  })
  @IsOptional()
  @Matches(/^[\w-]{43}$/, { message: 'codeChallenge must be 43 characters of base64url' })
  codeChallenge?: string;

  @ApiPropertyOptional({ description: 'Who wants to sign in, usually an email address' })
  @IsOptional()
  @IsString()
  @MaxLength(254)
  loginHint?: string;

  @ApiPropertyOptional({ description: 'The ticket of a test sign-in' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  test?: string;
}
