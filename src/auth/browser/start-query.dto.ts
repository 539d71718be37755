import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Destination } from './destination';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

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

  @ApiPropertyOptional({
    minimum: 0,
    maximum: 86_400,
    description:
      'Step-up: the provider asks who it is, whatever session it has, and must have done so this many seconds ago at most',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(86_400)
  maxAge?: number;

  @ApiPropertyOptional({ description: 'The ticket of a test sign-in' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  test?: string;

  @ApiPropertyOptional({
    description:
      'Without redirectUri: the page of the console where the browser ends, such as /console/members. Anything else counts as left out',
  })
  @Destination()
  destination?: string;
}
