import { Controller, Get, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { ActorNames } from '../../audit/actor-names.service';
import { AuditLogService } from '../../audit/audit-log.service';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { ValidationFailed } from '../../http/problems';
import { ShowsPage } from '../shows-page';
import { auditPage } from './audit-pages';
import { AuditPageQuery } from './audit-pages.dto';

const DAY_MS = 24 * 3_600_000;

/** The audit log, for people with a browser. */
@ApiExcludeController()
@Controller(SECTIONS.audit.path)
export class AuditPagesController {
  constructor(
    private readonly log: AuditLogService,
    private readonly names: ActorNames,
  ) {}

  @Get()
  @RequirePermission('audit:read')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() query: AuditPageQuery): Promise<HtmlPage> {
    const { limit, cursor, from, until, ...others } = query;
    const filter = { ...others, ...spanOf(from, until) };
    const { events, next } = await this.log.list({ limit, cursor, ...filter });
    const names = await this.names.of(events);
    return auditPage(caller, { entries: events, names, next, search: { ...others, from, until }, filter });
  }
}

/**
 * From the first moment of one day to the last one of another.
 * @throws ValidationFailed for days in the wrong order: that nothing fits them would read as that nothing happened
 */
function spanOf(from: string | undefined, until: string | undefined): { from?: string; to?: string } {
  if (from !== undefined && until !== undefined && until < from) {
    throw new ValidationFailed([{ field: 'until', message: 'This day comes before the first one.' }]);
  }
  const after = until === undefined ? undefined : new Date(Date.parse(`${until}T00:00:00Z`) + DAY_MS);
  return {
    ...(from !== undefined && { from: `${from}T00:00:00Z` }),
    ...(after !== undefined && { to: after.toISOString() }),
  };
}
