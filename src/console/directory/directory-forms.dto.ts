import { IsIn } from 'class-validator';
import { DAY_MS } from '../../config/durations';
import { IsName } from '../../http/is-line';
import { WholeNumber } from '../whole-number';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';

export class NewScimTokenFormDto extends SentOnceDto {
  @IsName(80)
  name: string;

  /** Left empty: until it is revoked. */
  @WholeNumber({ min: 1, max: 3650 })
  days?: number;
}

/** When what the form makes ends; null: when it is revoked. */
export const endOf = ({ days }: NewScimTokenFormDto): string | null =>
  days === undefined ? null : new Date(Date.now() + days * DAY_MS).toISOString();

export class HoldFormDto extends SentOnceDto {
  @IsIn(['approve', 'reject'])
  decision: 'approve' | 'reject';

  /** How many the page showed. */
  @WholeNumber({ min: 0, max: 2_147_483_647 })
  shown?: number;
}
