import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';
import { Box } from '../lines';
import { addressesIn } from './addresses-in';

/** As many as one call below /v1 takes. */
const MOST_ADDRESSES = 200;

/** People who are invited together, with the same role. */
export class InviteSeveralDto extends SentOnceDto {
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? addressesIn(value) : value))
  @IsArray()
  @ArrayMinSize(1, { message: 'Enter at least one address.' })
  @ArrayMaxSize(MOST_ADDRESSES, {
    message: `These are more than ${MOST_ADDRESSES}: invite the others after them.`,
  })
  emails: string[];

  @IsIn(ROLES)
  role: Role;

  @Box()
  approver?: 'on';
}
