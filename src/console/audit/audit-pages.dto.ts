import { IsIn, MaxLength, MinLength } from 'class-validator';
import { AUDIT_EVENTS, type AuditEventType, type Risk, RISKS } from '../../audit/audit-event';
import { PageQuery } from '../../http/page';
import { MayBeDay, MayBeEmpty } from '../lines';

export class AuditPageQuery extends PageQuery {
  @MayBeEmpty()
  @MinLength(2)
  @MaxLength(256)
  text?: string;

  @MayBeEmpty()
  @MaxLength(1024)
  actor?: string;

  @MayBeEmpty()
  @IsIn(Object.keys(AUDIT_EVENTS))
  type?: AuditEventType;

  @MayBeEmpty()
  @IsIn(RISKS)
  risk?: Risk;

  @MayBeDay()
  from?: string;

  /** The last day of those looked at. */
  @MayBeDay()
  until?: string;
}
