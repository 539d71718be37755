import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { InvitationDelivery } from '../../members/invitations/invitation-delivery.service';
import { InvitationsService } from '../../members/invitations/invitations.service';
import { MemberList } from '../../members/list/member-list.service';
import { MembersService } from '../../members/members.service';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { InvitationAgainDto, InvitationFormDto, MemberFormDto, MembersPageQuery } from './members-forms.dto';
import { memberFilter, membersPage, refuseUnseen } from './members-pages';

const { path } = SECTIONS.members;
const MOST_INVITATIONS = 100;

/** Members and invitations, for people with a browser. What it does, the calls below /v1 do as well. */
@ApiExcludeController()
@Controller(path)
export class MembersPagesController {
  constructor(
    private readonly members: MembersService,
    private readonly rows: MemberList,
    private readonly invitations: InvitationsService,
    private readonly delivery: InvitationDelivery,
  ) {}

  @Get()
  @RequirePermission('members:read')
  @ShowsPage()
  async list(
    @Caller() caller: UserPrincipal,
    @Query() { search = '', show, role, done, ...page }: MembersPageQuery,
  ): Promise<HtmlPage> {
    const removed = show === 'removed';
    const selection = { ...page, filter: memberFilter({ role, removed }) };
    const { members, next } = await this.rows.page({ ...selection, ...(search && { search }) });
    const facts = await this.rows.factsOf(members.map(({ id }) => id));
    const invitations = await this.invitations.open(MOST_INVITATIONS);
    const fates = await this.delivery.fates(invitations.map(({ id }) => id));
    const counts = await this.rows.counts();
    const asked = { search, role, removed };
    return membersPage(caller, { members, facts, counts, invitations, fates, next, asked, done });
  }

  @Post('invitations')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('workspace.member_invited')
  async invite(@Caller() caller: UserPrincipal, @Body() { email, role }: InvitationFormDto): Promise<Onward> {
    this.delivery.send(caller, await this.invitations.create(caller, { email, role }));
    return backTo(path, 'invited');
  }

  @Post('invitations/:id')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('workspace.invitation_resent', 'workspace.invitation_revoked')
  async again(
    @Caller() caller: UserPrincipal,
    @IdParam('Invitation') id: string,
    @Body() { how }: InvitationAgainDto,
  ): Promise<Onward> {
    if (how === 'resend') this.delivery.send(caller, await this.invitations.resend(caller, id));
    else await this.invitations.revoke(id);
    return backTo(path, how === 'resend' ? 'resent' : 'revoked');
  }

  @Post(':id')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('workspace.member_updated')
  async change(
    @Caller() caller: UserPrincipal,
    @IdParam('Member') id: string,
    @Body() form: MemberFormDto,
  ): Promise<Onward> {
    const { role, approver } = form;
    await this.members.update(caller, id, { role, approver: approver === 'on' }, (present) =>
      refuseUnseen(form, present),
    );
    return backTo(path, 'changed');
  }

  @Post(':id/remove')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('workspace.member_removed')
  async remove(@IdParam('Member') id: string): Promise<Onward> {
    await this.members.remove(id);
    return backTo(path, 'removed');
  }

  @Post(':id/restore')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('workspace.member_restored')
  async restore(@Caller() caller: UserPrincipal, @IdParam('Member') id: string): Promise<Onward> {
    await this.members.restore(caller, id);
    return backTo(path, 'restored');
  }
}
