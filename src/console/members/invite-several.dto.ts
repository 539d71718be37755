import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';
import { MOST_INVITED_AT_ONCE } from '../../members/invitations/row-outcome';
import { Box } from '../lines';
import { addressesIn } from './addresses-in';

/** People who are invited together, with the same role. */
export class InviteSeveralDto extends SentOnceDto {
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? addressesIn(value) : value))
  @IsArray()
  @ArrayMinSize(1, { message: 'Enter at least one address.' })
  @ArrayMaxSize(MOST_INVITED_AT_ONCE, {
    message: `These are more than ${MOST_INVITED_AT_ONCE}: invite the others after them.`,
  })
  emails: string[];

  @IsIn(ROLES)
  role: Role;

  @Box()
  approver?: 'on';
}
