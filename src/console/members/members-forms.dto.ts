import { Transform } from 'class-transformer';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { IsEmailAddress } from '../../http/is-email-address';
import { WhenGiven } from '../../http/when-given';
import { SectionQuery } from '../section-query.dto';
import { SeenEditionDto } from '../../auth/pages/forms/seen';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';

export class MembersPageQuery extends SectionQuery {
  /** The beginning of a name or an address; nothing: everybody. */
  @WhenGiven()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @Matches(/^\P{Cc}*$/u)
  @MaxLength(100)
  @IsString()
  search?: string;

  @WhenGiven()
  @IsIn(['removed'])
  show?: 'removed';

  /** Left out: of every role. */
  @WhenGiven()
  @IsIn(ROLES)
  role?: Role;
}

export class MemberFormDto extends SeenEditionDto {
  @IsIn(ROLES)
  role: Role;

  /** A box that is not ticked is not sent. */
  @WhenGiven()
  @IsIn(['on'])
  approver?: 'on';
}

export class InvitationFormDto extends SentOnceDto {
  @IsEmailAddress()
  email: string;

  @IsIn(ROLES)
  role: Role;
}

export class InvitationAgainDto {
  @IsIn(['resend', 'revoke'])
  how: 'resend' | 'revoke';
}
