import { IsIn, IsString, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../../http/is-email-address';
import { IsLine } from '../../http/is-line';
import { type Vendor, VENDORS } from '../../sso-connections/diagnosis/places';

export class NewConnectionFormDto {
  @IsLine(100)
  name: string;

  @IsIn(['saml', 'oidc'])
  type: 'saml' | 'oidc';

  @IsIn(VENDORS)
  provider: Vendor;
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
