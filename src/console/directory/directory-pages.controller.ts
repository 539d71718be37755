import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  Caller,
  OutsideTransaction,
  RequireFreshAuthentication,
  RequirePermission,
} from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { SectionQuery } from '../section-query.dto';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { DirectoryDesk } from './directory-desk.service';
import { NewScimTokenFormDto } from './directory-forms.dto';
import { directoryPage } from './directory-pages';

const { path } = SECTIONS.directory;
const DAY_MS = 86_400_000;

/** Tokens of directories and what directories did, for people with a browser. The calls below /v1 do as much. */
@ApiExcludeController()
@Controller(path)
export class DirectoryPagesController {
  constructor(private readonly desk: DirectoryDesk) {}

  @Get()
  @OutsideTransaction()
  @RequirePermission('scim:read')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() { done }: SectionQuery): Promise<HtmlPage> {
    return directoryPage(caller, { ...(await this.desk.afresh(caller.workspaceId)), done });
  }

  @Post('tokens')
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_token.created')
  @ShowsPage()
  async create(
    @Caller() caller: UserPrincipal,
    @Body() { name, days }: NewScimTokenFormDto,
  ): Promise<HtmlPage> {
    const expiresAt = days === undefined ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    const made = await this.desk.issue({ name, expiresAt, createdBy: caller.memberId });
    return directoryPage(caller, { ...(await this.desk.view()), made });
  }

  @Post('tokens/:id/rotate')
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_token.rotated')
  @ShowsPage()
  async rotate(@Caller() caller: UserPrincipal, @IdParam('SCIM token') id: string): Promise<HtmlPage> {
    const made = await this.desk.rotate(id, caller.memberId);
    return directoryPage(caller, { ...(await this.desk.view()), made });
  }

  @Post('tokens/:id/revoke')
  @Redirect(path, 303)
  @RequirePermission('scim:write')
  @Audited('scim_token.revoked')
  async revoke(@IdParam('SCIM token') id: string): Promise<Onward> {
    await this.desk.revoke(id);
    return backTo(path, 'revoked');
  }
}
