import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, MaxLength } from 'class-validator';
import { InOneSpelling } from '../../http/is-email-address';

export class DiscoverDto {
  @ApiProperty({ format: 'email', example: 'ada@acme.test' })
  @InOneSpelling()
  @IsEmail()
  @MaxLength(254)
  email: string;
}

class DiscoveredConnectionDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: ['saml', 'oidc'], description: 'Which protocol it speaks' })
  type: 'saml' | 'oidc';
}

export class PasswordMethodDto {
  @ApiProperty({ enum: ['password'], description: 'Ask for the password' })
  method: 'password';
}

export class SsoMethodDto {
  @ApiProperty({ enum: ['sso'], description: 'The identity provider lets this person in' })
  method: 'sso';

  @ApiProperty({ type: DiscoveredConnectionDto })
  connection: DiscoveredConnectionDto;

  @ApiProperty({ description: 'Send the browser there; see the query of the login URLs' })
  loginUrl: string;
}

export type Discovery = PasswordMethodDto | SsoMethodDto;
