import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../../http/is-email-address';
import { IsName } from '../../http/is-line';
import { WhenGiven } from '../../http/when-given';
import { type Vendor, VENDORS } from '../../sso-connections/diagnosis/vendor-consoles';
import { Box, MayBeEmpty } from '../lines';
import { SectionQuery } from '../section-query.dto';
import { WholeNumber } from '../whole-number';
import { SeenDto } from '../../auth/pages/forms/seen';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';

export class NewConnectionFormDto extends SentOnceDto {
  @IsName(80)
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

export class NewDomainFormDto extends SentOnceDto {
  @IsString()
  @MaxLength(253)
  domain: string;
}

export class ConflictFormDto {
  @IsIn(['link', 'dismiss'])
  action: 'link' | 'dismiss';
}

/** What the page of a connection is asked by: also what the change before warned of. */
export class ConnectionQuery extends SectionQuery {
  @WhenGiven()
  @Matches(/^[a-z_.]{1,200}$/)
  warned?: string;
}

/** Which attributes or claims the fields of a person are read from; left empty: the usual ones. */
export class AttributesFormDto extends SeenDto {
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
}

/** What a connection is called, and which product it is. */
export class NameFormDto extends SeenDto {
  @IsName(80)
  name: string;

  @IsIn(VENDORS)
  provider: Vendor;
}

/** Names without blanks, one per line. */
const Names = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.split(/\s+/).filter((text) => text !== '') : value,
    ),
    IsString({ each: true }),
  );

/** What is demanded of a sign-in by SAML; which values there are is judged where it is used. */
export class SignInsFormDto extends SeenDto {
  @IsString()
  signed: string;

  @Box()
  forceAuthn?: 'on';

  @Box()
  allowIdpInitiated?: 'on';

  @Names()
  classRefs: string[];

  @MayBeEmpty()
  comparison?: string;
}

/** What is demanded of a sign-in by OpenID Connect. */
export class OidcSignInsFormDto extends SeenDto {
  @WholeNumber({ min: 0, max: 31_536_000 })
  maxAge?: number;

  @MayBeEmpty()
  prompt?: string;

  @Names()
  acrValues: string[];

  @Box()
  acrRequired?: 'on';
}

/** How the messages of SAML look and travel. */
export class MessagesFormDto extends SeenDto {
  @MayBeEmpty()
  nameIdFormat?: string;

  @IsString()
  requestBinding: string;

  @Box()
  signRequests?: 'on';

  @Box()
  allowWeakEncryption?: 'on';
}

export class NextKeyFormDto {
  @WholeNumber({ min: 0, max: 365 })
  overlapDays: number = 30;
}
