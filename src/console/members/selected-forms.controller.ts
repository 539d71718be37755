import { Body, Controller, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { Database } from '../../database/database';
import type { HtmlPage } from '../../http/html-page';
import { BulkMembers } from '../../members/bulk/bulk-members.service';
import { MemberList } from '../../members/list/member-list.service';
import { ShowsPage } from '../shows-page';
import { bulkDeedOf, SelectedFormDto } from './selected-forms.dto';
import { selectedPage } from './selected-page';

/** The same change for several members: what it would come to first, then the deed. */
@ApiExcludeController()
@Controller(`${SECTIONS.members.path}/selected`)
export class SelectedFormsController {
  constructor(
    private readonly bulk: BulkMembers,
    private readonly rows: MemberList,
    private readonly database: Database,
  ) {}

  /** Changes nothing. */
  @Post()
  @OutsideTransaction()
  @RequirePermission('members:write')
  @Audited('workspace.member_updated', 'workspace.member_removed', 'workspace.member_restored')
  @ShowsPage()
  foretell(@Caller() caller: UserPrincipal, @Body() form: SelectedFormDto): Promise<HtmlPage> {
    return this.run(caller, form, true);
  }

  @Post('done')
  @OutsideTransaction()
  @RequirePermission('members:write')
  @Audited('workspace.member_updated', 'workspace.member_removed', 'workspace.member_restored')
  @ShowsPage()
  do(@Caller() caller: UserPrincipal, @Body() form: SelectedFormDto): Promise<HtmlPage> {
    return this.run(caller, form, false);
  }

  private async run(
    caller: UserPrincipal,
    { ids, deed }: SelectedFormDto,
    dryRun: boolean,
  ): Promise<HtmlPage> {
    const names = await this.database.inWorkspace(caller.workspaceId, () => this.rows.namesOf(ids));
    const { outcomes } = await this.bulk.run(caller, { ids }, bulkDeedOf(deed), dryRun);
    return selectedPage(caller, { outcomes, names, deed, isDone: !dryRun });
  }
}
