import { Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, RequireFreshAuthentication, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { deviceLabel } from '../../auth/devices/device-label';
import { Places } from '../../auth/devices/geo/places.service';
import { networkAround } from '../../auth/devices/whereabouts';
import { MemberFactors } from '../../auth/mfa/member-factors.service';
import { SECTIONS } from '../../auth/pages/sections';
import { MemberSessions } from '../../auth/sessions/member-sessions.service';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { MembersService } from '../../members/members.service';
import { SectionQuery } from '../section-query.dto';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import { MemberOverviews } from './member-overview.service';
import { memberPage } from './member-page';

const { path } = SECTIONS.members;

/** One member, for people with a browser. What it does, the calls below /v1/members/{id} do as well. */
@ApiExcludeController()
@Controller(`${path}/:id`)
export class MemberPageController {
  constructor(
    private readonly overviews: MemberOverviews,
    private readonly members: MembersService,
    private readonly sessions: MemberSessions,
    private readonly factors: MemberFactors,
    private readonly places: Places,
  ) {}

  @Get()
  @RequirePermission('members:read')
  @ShowsPage()
  async show(
    @Caller() caller: UserPrincipal,
    @IdParam('Member') id: string,
    @Query() { done }: SectionQuery,
  ): Promise<HtmlPage> {
    const overview = await this.overviews.of(id);
    const sessions = overview.sessions.map((session) => ({
      ...session,
      isCallers: session.id === caller.sessionId,
      device: deviceLabel(session.userAgent),
      network: networkAround(session.ip),
      place: this.places.of(session.ip),
    }));
    return memberPage(caller, { ...overview, sessions, done });
  }

  @Post('override/lift')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('workspace.member_updated')
  async lift(@Caller() caller: UserPrincipal, @IdParam('Member') id: string): Promise<Onward> {
    await this.members.liftOverride(caller, id);
    return backTo(`${path}/${id}`, 'lifted');
  }

  @Post('sessions/end')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('auth.session_ended')
  async signOut(@IdParam('Member') id: string): Promise<Onward> {
    await this.sessions.endAll(id, 'ended_by_admin');
    return backTo(`${path}/${id}`, 'signed-out');
  }

  @Post('sessions/:sessionId/end')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @Audited('auth.session_ended')
  async end(
    @IdParam('Session') id: string,
    @IdParam('Session', 'sessionId') sessionId: string,
  ): Promise<Onward> {
    await this.sessions.end(id, sessionId, 'ended_by_admin');
    return backTo(`${path}/${id}`, 'ended');
  }

  @Post('factors/reset')
  @Redirect(path, 303)
  @RequirePermission('members:write')
  @RequireFreshAuthentication()
  @Audited('auth.factors_reset')
  async resetFactors(@Caller() caller: UserPrincipal, @IdParam('Member') id: string): Promise<Onward> {
    await this.factors.reset(caller, id);
    return backTo(`${path}/${id}`, 'factors-reset');
  }
}
