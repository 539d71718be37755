import { IsIn, IsUUID, MaxLength, MinLength } from 'class-validator';
import { PageQuery } from '../../http/page';
import { type ActivityOutcome, OUTCOMES } from '../../scim/activity/activity-entry';
import { MayBeDay, MayBeEmpty } from '../lines';

/** What is looked for among the requests of directories. */
export class ActivityPageQuery extends PageQuery {
  @MayBeEmpty()
  @MinLength(2)
  @MaxLength(256)
  text?: string;

  @MayBeEmpty()
  @IsIn(OUTCOMES)
  outcome?: ActivityOutcome;

  @MayBeDay()
  from?: string;

  /** The last day of those looked at. */
  @MayBeDay()
  until?: string;

  @MayBeEmpty()
  @IsUUID()
  member?: string;

  @MayBeEmpty()
  @IsUUID()
  group?: string;

  /** A token or an OAuth client. */
  @MayBeEmpty()
  @IsUUID()
  token?: string;
}
