import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  Caller,
  OutsideTransaction,
  RequireFreshAuthentication,
  RequirePermission,
  WithoutFeature,
} from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { Database } from '../../database/database';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { ActivityRecorder } from '../../scim/activity/activity-recorder.service';
import { type IssuedScimToken, ScimTokensService } from '../../scim/directories/scim-tokens.service';
import { SectionQuery } from '../section-query.dto';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { endOf, NewScimTokenFormDto } from './directory-forms.dto';
import { DirectoryOverview } from './directory-overview.service';
import { directoryPage } from './directory-pages';

const { path } = SECTIONS.directory;

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
  async create(@Caller() caller: UserPrincipal, @Body() form: NewScimTokenFormDto): Promise<HtmlPage> {
    const terms = { name: form.name, expiresAt: endOf(form), createdBy: caller.memberId };
    return this.shown(caller, await this.tokens.issue(terms));
  }

  @Post('tokens/:id/rotate')
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_token.rotated')
  @ShowsPage()
  async rotate(@Caller() caller: UserPrincipal, @IdParam('SCIM token') id: string): Promise<HtmlPage> {
    return this.shown(caller, await this.tokens.rotate(id, 'token', { createdBy: caller.memberId }));
  }

  @Post('tokens/:id/revoke')
  @Redirect(path, 303)
  @WithoutFeature()
  @RequirePermission('scim:write')
  @Audited('scim_token.revoked')
  async revoke(@IdParam('SCIM token') id: string): Promise<Onward> {
    await this.tokens.revoke(id, 'token');
    return backTo(path, 'revoked');
  }

  private async shown(caller: UserPrincipal, { token, text }: IssuedScimToken): Promise<HtmlPage> {
    const made = { kind: 'token', id: token.id, text } as const;
    return directoryPage(caller, { ...(await this.overview.view()), made });
  }
}
