import { Matches } from 'class-validator';
import { PageQuery } from '../http/page';
import { WhenGiven } from '../http/when-given';

/** What a section is asked by: which page of its list, and what has just been done, by a word for it. */
export class SectionQuery extends PageQuery {
  @WhenGiven()
  @Matches(/^[a-z-]{1,40}$/)
  done?: string;
}
