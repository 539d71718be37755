import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Equals, IsString, MaxLength, ValidateIf } from 'class-validator';

const IfGiven = () => ValidateIf((_, value: unknown) => value !== undefined);

export class LogoutDto {
  @ApiPropertyOptional({ enum: [true], description: 'End the session at the identity provider too' })
  @IfGiven()
  @Equals(true)
  idp?: true;

  @ApiPropertyOptional({
    description: 'Where the browser ends after that; one of APP_REDIRECT_URIS. Default: the sign-in page',
  })
  @IfGiven()
  @IsString()
  @MaxLength(2048)
  redirectUri?: string;
}

export class LogoutUrlDto {
  @ApiProperty({ description: 'Send the browser there, once, within ten minutes' })
  logoutUrl: string;
}
