import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { inputOf, ProviderForm } from '../../auth/setup/provider-form';
import { Database } from '../../database/database';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { SetupViews } from '../../sso-connections/setup-links/setup-view.service';
import { SetupWork } from '../../sso-connections/setup-links/setup-work.service';
import { ShowsPage } from '../shows-page';
import { attemptPage, connectionPage } from './connection-page';
import { AttributesFormDto } from './connections-forms.dto';

const TAKEN_OVER = 'Taken over. Have a look at what we read, then test it.';
const READ_SO = 'Saved. A test sign-in shows what is read so.';
const UNSIGNED_TOO = 'Metadata need not be signed any more.';

/** The page of one connection: its set-up by an admin, and who came in by it or did not. */
@ApiExcludeController()
@Controller(`${SECTIONS.connections.path}/connections/:id`)
export class ConnectionPageController {
  constructor(
    private readonly database: Database,
    private readonly views: SetupViews,
    private readonly work: SetupWork,
  ) {}

  @Get()
  @RequirePermission('sso:write')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @IdParam('Connection') id: string): Promise<HtmlPage> {
    return connectionPage(caller, await this.views.whole(id));
  }

  /** The last part of the path tells the forms apart, for whoever has to send one again. */
  @Post('set-up/:form')
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  @ShowsPage()
  async describe(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() form: ProviderForm,
  ): Promise<HtmlPage> {
    return this.change(caller, id, inputOf(form), TAKEN_OVER);
  }

  /** Which attributes are read, and whether sign-ins may begin at the identity provider. */
  @Post('attributes/:form')
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  @ShowsPage()
  async readFrom(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() { allowIdpInitiated, ...attributeMapping }: AttributesFormDto,
  ): Promise<HtmlPage> {
    const may = allowIdpInitiated === 'on';
    const { connection } = await this.database.inWorkspace(caller.workspaceId, () => this.views.whole(id));
    const isOther = may !== (connection.saml?.allowIdpInitiated ?? false);
    const changes = { attributeMapping, ...(isOther && { saml: { allowIdpInitiated: may } }) };
    return this.change(caller, id, changes, READ_SO);
  }

  @Post('signed-metadata/end')
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.updated')
  @ShowsPage()
  endSignedMetadata(@Caller() caller: UserPrincipal, @IdParam('Connection') id: string): Promise<HtmlPage> {
    return this.change(caller, id, { saml: { metadataCertificates: [] } }, UNSIGNED_TOO);
  }

  @Get('attempts/:attemptId')
  @RequirePermission('sso:read')
  @ShowsPage()
  async attempt(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Param('attemptId') attemptId: string,
  ): Promise<HtmlPage> {
    return attemptPage(caller, id, await this.views.anyAttempt(id, attemptId));
  }

  private async change(caller: UserPrincipal, id: string, changes: object, done: string): Promise<HtmlPage> {
    const { workspaceId } = caller;
    const warnings = await this.work.describeByAdmin(workspaceId, id, changes);
    return this.database.inWorkspace(workspaceId, async () =>
      connectionPage(caller, await this.views.whole(id, warnings), done),
    );
  }
}
