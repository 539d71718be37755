import { IsIn, IsString, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../../http/is-email-address';
import { IsLine } from '../../http/is-line';
import { type Vendor, VENDORS } from '../../sso-connections/diagnosis/places';
import { Box, MayBeEmpty } from '../lines';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';

export class NewConnectionFormDto extends SentOnceDto {
  @IsLine(100)
  name: string;

  @IsIn(['saml', 'oidc'])
  type: 'saml' | 'oidc';

  @IsIn(VENDORS)
  provider: Vendor;
}

export class ContactFormDto extends SentOnceDto {
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

/** Which attributes or claims the fields of a person are read from; left empty: the usual ones. */
export class AttributesFormDto {
  @MayBeEmpty()
  email?: string;

  @MayBeEmpty()
  givenName?: string;

  @MayBeEmpty()
  familyName?: string;

  @MayBeEmpty()
  displayName?: string;

  @MayBeEmpty()
  department?: string;

  @MayBeEmpty()
  groups?: string;

  @MayBeEmpty()
  groupsSeparator?: string;

  @Box()
  allowIdpInitiated?: 'on';
}
