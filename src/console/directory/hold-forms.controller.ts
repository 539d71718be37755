import { Body, Controller, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { IdParam } from '../../http/uuid-param';
import { Holds } from '../../scim/guard/holds.service';
import { backTo, type Onward } from '../shows-page';
import { HoldFormDto } from './directory-forms.dto';

const { path } = SECTIONS.directory;

/** What an admin says about many deactivations at once, which wait for that. */
@ApiExcludeController()
@Controller(`${path}/holds`)
export class HoldFormsController {
  constructor(private readonly holds: Holds) {}

  @Post(':id')
  @Redirect(path, 303)
  @RequirePermission('scim:write')
  @Audited('scim.hold_approved', 'scim.hold_rejected')
  async decide(
    @Caller() caller: UserPrincipal,
    @IdParam('Hold') id: string,
    @Body() { decision, shown }: HoldFormDto,
  ): Promise<Onward> {
    if (decision === 'approve') await this.holds.approve(caller, id, shown);
    else await this.holds.reject(caller, id);
    return backTo(path, decision);
  }
}
