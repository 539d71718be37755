import { Controller, Get, Param, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { ConnectionHistory } from '../../sso-connections/revisions/connection-history.service';
import { SectionQuery } from '../section-query.dto';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { pageOf } from './connection-page';
import { revisionsPage } from './revisions-page';

const { path } = SECTIONS.connections;

/** The history of one connection, and the way back to an earlier one of its revisions. */
@ApiExcludeController()
@Controller(`${path}/connections/:id/revisions`)
export class RevisionsPagesController {
  constructor(private readonly history: ConnectionHistory) {}

  @Get()
  @RequirePermission('sso:write')
  @ShowsPage()
  async show(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Query() query: SectionQuery,
  ): Promise<HtmlPage> {
    const { connection, revisions } = await this.history.list(id, query);
    const { data, nextCursor } = toPage(revisions, query.limit, (revision) => revision);
    return revisionsPage(caller, { connection, revisions: data, next: nextCursor });
  }

  @Post(':number/restore')
  @Redirect(path, 303)
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  async restore(@IdParam('Connection') id: string, @Param('number') number: string): Promise<Onward> {
    await this.history.restore(id, number);
    return backTo(pageOf(id), 'restored');
  }
}
