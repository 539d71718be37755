import { IsIn } from 'class-validator';
import { IsLine } from '../../http/is-line';
import { WholeNumber } from '../whole-number';

export class NewScimTokenFormDto {
  @IsLine(80)
  name: string;

  /** Left empty: until it is revoked. */
  @WholeNumber({ min: 1, max: 3650 })
  days?: number;
}

export class HoldFormDto {
  @IsIn(['approve', 'reject'])
  decision: 'approve' | 'reject';
}
