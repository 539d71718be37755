import { Controller, Get, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { ActorNames } from '../../audit/actor-names.service';
import { AuditLogService } from '../../audit/audit-log.service';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { ShowsPage } from '../shows-page';
import { spanOf } from '../span-of-days';
import { auditPage } from './audit-pages';
import { AuditPageQuery } from './audit-pages.dto';

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
