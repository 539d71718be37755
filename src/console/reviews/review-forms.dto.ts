import { IsIn } from 'class-validator';
import { WhenGiven } from '../../http/when-given';
import { PageQuery } from '../../http/page';
import { IsName } from '../../http/is-line';
import { SentOnceDto } from '../../auth/pages/forms/sent-once';

export class BeginReviewFormDto extends SentOnceDto {
  @IsName(100)
  name: string;
}

export class DecideFormDto {
  @IsIn(['keep', 'remove'])
  decision: 'keep' | 'remove';
}

export class EndReviewFormDto {
  @IsIn(['complete', 'cancel'])
  how: 'complete' | 'cancel';
}

export class ReviewPageQuery extends PageQuery {
  @WhenGiven()
  @IsIn(['decided'])
  show?: 'decided';
}
