import { Body, Controller, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, WithoutFeature } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { IdParam } from '../../http/uuid-param';
import { ConnectionTests } from '../../sso-connections/attempts/connection-tests.service';
import { ConnectionActivation } from '../../sso-connections/connection-activation.service';
import { ConnectionRegistration } from '../../sso-connections/connection-registration.service';
import { ConnectionRemoval } from '../../sso-connections/connection-removal.service';
import { SetupLinks } from '../../sso-connections/setup-links/setup-links.service';
import { backTo, type Onward } from '../shows-page';
import { ContactFormDto, NewConnectionFormDto } from './connections-forms.dto';

const { path } = SECTIONS.connections;
const CONTACT_HOURS = 72;

/** What the forms of the page about connections do; the calls below /v1 do as much. */
@ApiExcludeController()
@Controller(`${path}/connections`)
export class ConnectionFormsController {
  constructor(
    private readonly registration: ConnectionRegistration,
    private readonly activation: ConnectionActivation,
    private readonly removal: ConnectionRemoval,
    private readonly tests: ConnectionTests,
    private readonly links: SetupLinks,
  ) {}

  @Post()
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.created')
  async create(
    @Caller() caller: UserPrincipal,
    @Body() { name, provider, type }: NewConnectionFormDto,
  ): Promise<Onward> {
    await this.registration.create(caller.workspaceId, { name, provider, type });
    return backTo(path, 'made');
  }

  @Post(':id/links')
  @Redirect(path, 303)
  @RequirePermission('sso:write')
  @Audited('setup_link.created')
  async mailLink(
    @Caller() caller: UserPrincipal,
    @IdParam('Connection') id: string,
    @Body() { contactEmail }: ContactFormDto,
  ): Promise<Onward> {
    await this.links.create(caller, id, { expiresInHours: CONTACT_HOURS, contactEmail });
    return backTo(path, 'mailed');
  }

  @Post(':id/test')
  @Redirect(path, 303)
  @RequirePermission('sso:write')
  @Audited('sso_connection.test_started')
  async test(@IdParam('Connection') id: string): Promise<Onward> {
    const { url } = await this.tests.start(id);
    return { url };
  }

  @Post(':id/activate')
  @Redirect(path, 303)
  @RequirePermission('sso:write')
  @Audited('sso_connection.activated')
  async activate(@IdParam('Connection') id: string): Promise<Onward> {
    await this.activation.activate(id, false);
    return backTo(path, 'activated');
  }

  @Post(':id/disable')
  @Redirect(path, 303)
  @WithoutFeature()
  @RequirePermission('sso:write')
  @Audited('sso_connection.disabled')
  async disable(@IdParam('Connection') id: string): Promise<Onward> {
    await this.activation.disable(id);
    return backTo(path, 'disabled');
  }

  @Post(':id/delete')
  @Redirect(path, 303)
  @WithoutFeature()
  @RequirePermission('sso:write')
  @Audited('sso_connection.deleted')
  async delete(@IdParam('Connection') id: string): Promise<Onward> {
    await this.removal.delete(id);
    return backTo(path, 'deleted');
  }
}
