import { Body, Controller, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  Caller,
  RequireFreshAuthentication,
  RequirePermission,
  WithoutFeature,
} from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { type IssuedScimToken, ScimTokensService } from '../../scim/directories/scim-tokens.service';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { endOf, NewScimTokenFormDto } from './directory-forms.dto';
import { DirectoryOverview } from './directory-overview.service';
import { directoryPage } from './directory-pages';

const { path } = SECTIONS.directory;

/** What the forms about OAuth clients of directories do; the calls below /v1 do as much. */
@ApiExcludeController()
@Controller(`${path}/clients`)
export class ClientFormsController {
  constructor(
    private readonly overview: DirectoryOverview,
    private readonly tokens: ScimTokensService,
  ) {}

  @Post()
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_client.created')
  @ShowsPage()
  async create(@Caller() caller: UserPrincipal, @Body() form: NewScimTokenFormDto): Promise<HtmlPage> {
    const terms = { name: form.name, expiresAt: endOf(form), createdBy: caller.memberId };
    return this.shown(caller, await this.tokens.issue({ ...terms, kind: 'client' }));
  }

  @Post(':id/rotate')
  @RequirePermission('scim:write')
  @RequireFreshAuthentication()
  @Audited('scim_client.rotated')
  @ShowsPage()
  async rotate(@Caller() caller: UserPrincipal, @IdParam('SCIM client') id: string): Promise<HtmlPage> {
    return this.shown(caller, await this.tokens.rotate(id, 'client', { createdBy: caller.memberId }));
  }

  @Post(':id/revoke')
  @Redirect(path, 303)
  @WithoutFeature()
  @RequirePermission('scim:write')
  @Audited('scim_client.revoked')
  async revoke(@IdParam('SCIM client') id: string): Promise<Onward> {
    await this.tokens.revoke(id, 'client');
    return backTo(path, 'revoked');
  }

  private async shown(caller: UserPrincipal, { token, text }: IssuedScimToken): Promise<HtmlPage> {
    const made = { kind: 'client', id: token.id, text } as const;
    return directoryPage(caller, { ...(await this.overview.view()), made });
  }
}
