import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';
import { AUDIT_EVENTS, type AuditEventType, type Risk, RISKS } from '../../audit/audit-event';
import { PageQuery } from '../../http/page';
import { WhenGiven } from '../../http/when-given';

/** A field of a search that may be left empty. */
const SearchField = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.trim() || undefined : value,
    ),
    WhenGiven(),
    IsString(),
  );

export class AuditPageQuery extends PageQuery {
  @SearchField()
  @MinLength(2)
  @MaxLength(256)
  text?: string;

  @SearchField()
  @MaxLength(1024)
  actor?: string;

  @SearchField()
  @IsIn(Object.keys(AUDIT_EVENTS))
  type?: AuditEventType;

  @SearchField()
  @IsIn(RISKS)
  risk?: Risk;
}
