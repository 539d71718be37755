import { Body, Controller, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { AccountConflicts } from '../../auth/linking/account-conflicts.service';
import { SECTIONS } from '../../auth/pages/sections';
import { IdParam } from '../../http/uuid-param';
import { backTo, type Onward } from '../shows-page';
import { ConflictFormDto } from './connections-forms.dto';

const { path } = SECTIONS.connections;

/** What an admin says about somebody who has the address of a member. */
@ApiExcludeController()
@Controller(`${path}/conflicts`)
export class ConflictFormsController {
  constructor(private readonly conflicts: AccountConflicts) {}

  @Post(':id')
  @Redirect(path, 303)
  @RequirePermission('sso:write')
  @Audited('sso.conflict_resolved')
  async resolve(
    @Caller() caller: UserPrincipal,
    @IdParam('Conflict') id: string,
    @Body() { action }: ConflictFormDto,
  ): Promise<Onward> {
    await this.conflicts.resolve(caller, id, action);
    return backTo(path, action);
  }
}
