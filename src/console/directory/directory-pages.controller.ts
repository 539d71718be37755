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
import { Database } from '../../database/database';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { ActivityRecorder } from '../../scim/activity/activity-recorder.service';
import { ScimTokensService } from '../../scim/directories/scim-tokens.service';
import { SectionQuery } from '../section-query.dto';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { NewScimTokenFormDto } from './directory-forms.dto';
import { DirectoryOverview } from './directory-overview.service';
import { directoryPage } from './directory-pages';

const { path } = SECTIONS.directory;
const DAY_MS = 86_400_000;

/** Tokens of directories and what directories did, for people with a browser. The calls below /v1 do as much. */
@ApiExcludeController()
@Controller(path)
export class DirectoryPagesController {
  constructor(
    private readonly overview: DirectoryOverview,
    private readonly tokens: ScimTokensService,
    private readonly recorder: ActivityRecorder,
    private readonly database: Database,
  ) {}

  /** What this instance has not written down yet is written first: whoever looks sees what just happened. */
  @Get()
  @OutsideTransaction()
  @RequirePermission('scim:read')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() { done }: SectionQuery): Promise<HtmlPage> {
    await this.recorder.flush();
    const view = await this.database.inWorkspace(caller.workspaceId, () => this.overview.view());
    return directoryPage(caller, { ...view, done });
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
    const { text } = await this.tokens.issue({ name, expiresAt, createdBy: caller.memberId });
    return directoryPage(caller, { ...(await this.overview.view()), made: text });
  }

  @Post('tokens/:id/rotate')
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_token.rotated')
  @ShowsPage()
  async rotate(@Caller() caller: UserPrincipal, @IdParam('SCIM token') id: string): Promise<HtmlPage> {
    const { text } = await this.tokens.rotate(id, 'token', { createdBy: caller.memberId });
    return directoryPage(caller, { ...(await this.overview.view()), made: text });
  }

  @Post('tokens/:id/revoke')
  @Redirect(path, 303)
  @RequirePermission('scim:write')
  @Audited('scim_token.revoked')
  async revoke(@IdParam('SCIM token') id: string): Promise<Onward> {
    await this.tokens.revoke(id, 'token');
    return backTo(path, 'revoked');
  }
}
