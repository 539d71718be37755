import { IsIn, IsString, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../../http/is-email-address';
import { IsLine } from '../../http/is-line';
import { PROVIDERS, type Provider } from './providers';

export class NewConnectionFormDto {
  @IsLine(100)
  name: string;

  @IsIn(['saml', 'oidc'])
  type: 'saml' | 'oidc';

  @IsIn(Object.keys(PROVIDERS))
  provider: Provider;
}

export class ContactFormDto {
  @IsEmailAddress()
  contactEmail: string;
}

export class NewDomainFormDto {
  @IsString()
  @MaxLength(253)
  domain: string;
}

export class ConflictFormDto {
  @IsIn(['link', 'dismiss'])
  action: 'link' | 'dismiss';
}
