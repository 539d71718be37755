import { IsIn } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import { PageQuery } from '../../http/page';
import { IsName } from '../../http/is-line';
import { WholeNumber } from '../whole-number';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';

export class BeginReviewFormDto extends SentOnceDto {
  @IsName(100)
  name: string;
}

export class DecideFormDto extends SentOnceDto {
  @IsIn(['keep', 'remove'])
  decision: 'keep' | 'remove';
}

export class EndReviewFormDto extends SentOnceDto {
  @IsIn(['complete', 'cancel'])
  how: 'complete' | 'cancel';

  /** How many would lose access, as the page said. */
  @WholeNumber({ min: 0, max: 2_147_483_647 })
  removals?: number;
}

export class ReviewPageQuery extends PageQuery {
  @WhenGiven()
  @IsIn(['decided'])
  show?: 'decided';
}
