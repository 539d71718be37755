import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { Places } from '../devices/geo/places.service';
import { MemberSessions } from './member-sessions.service';
import { EndedSessionsDto, SessionDto, SessionPage } from './sessions.dto';

/** A person's own sessions in the workspace they are in. */
@ApiTags('Sessions')
@Controller('v1/auth/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: MemberSessions,
    private readonly places: Places,
  ) {}

  @Get()
  @SignedIn()
  @ApiOperation({ summary: 'Your live sessions in this workspace, newest first' })
  @ApiOkResponse({ type: SessionPage })
  async list(@Caller() caller: UserPrincipal, @Query() query: PageQuery): Promise<Page<SessionDto>> {
    const found = await this.sessions.list(caller.memberId, query);
    return toPage(found, query.limit, (session) => SessionDto.of(session, caller, this.places));
  }

  @Delete()
  @HttpCode(200)
  @SignedIn()
  @Audited('auth.session_ended')
  @ApiOperation({ summary: 'End all of your sessions in this workspace but the one that asks' })
  @ApiOkResponse({ type: EndedSessionsDto })
  async endOthers(@Caller() { memberId, sessionId }: UserPrincipal): Promise<EndedSessionsDto> {
    return { ended: await this.sessions.endAll(memberId, 'ended_by_owner', sessionId) };
  }

  @Delete(':id')
  @HttpCode(204)
  @SignedIn()
  @Audited('auth.session_ended')
  @ApiOperation({ summary: 'End one of your sessions' })
  @ApiNoContentResponse()
  end(@Caller() { memberId }: UserPrincipal, @IdParam('Session') id: string): Promise<void> {
    return this.sessions.end(memberId, id, 'ended_by_owner');
  }
}
