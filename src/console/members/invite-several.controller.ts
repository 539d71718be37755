import { Body, Controller, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { refuseAboveOwn } from '../../members/granting';
import { InvitationList } from '../../members/invitations/invitation-list.service';
import { ShowsPage } from '../shows-page';
import { InviteSeveralDto } from './invite-several.dto';
import { inviteSeveralPage } from './invite-several-page';

/** Invites a list of people and shows what became of each. */
@ApiExcludeController()
@Controller(`${SECTIONS.members.path}/invite-several`)
export class InviteSeveralController {
  constructor(
    private readonly invitations: InvitationList,
    private readonly trail: AuditTrail,
  ) {}

  @Post()
  @OutsideTransaction()
  @RequirePermission('members:write')
  @Audited('workspace.member_invited')
  @ShowsPage()
  async invite(@Caller() caller: UserPrincipal, @Body() form: InviteSeveralDto): Promise<HtmlPage> {
    const { emails, role, approver } = form;
    refuseAboveOwn(caller, role);
    const terms = { role, approver: approver === 'on' };
    const rows = emails.map((email) => ({ email, ...terms }));
    const outcomes = await this.invitations.invite(caller, rows);
    if (outcomes.every(({ refusal }) => refusal)) this.trail.nothingChanged();
    return inviteSeveralPage(caller, { outcomes, terms });
  }
}
