import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';

export class ExchangeCodeDto {
  @ApiProperty({ description: 'The one-time code that came to the redirectUri' })
  @IsString()
  @Length(1, 256)
  code: string;

  @ApiPropertyOptional({ description: 'RFC 7636; needed when the sign-in started with a codeChallenge' })
  @IsOptional()
  @Matches(/^[\w.~-]{43,128}$/, { message: 'codeVerifier must have 43 to 128 unreserved characters' })
  codeVerifier?: string;
}

export class RefreshDto {
  @ApiProperty({ description: 'The last one that was given; it is good for one exchange' })
  @IsString()
  @Length(1, 256)
  refreshToken: string;
}

export class SwitchWorkspaceDto {
  @ApiProperty({ description: 'Slug or id', example: 'acme' })
  @IsString()
  @Length(1, 64)
  workspace: string;
}
