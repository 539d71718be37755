import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Caller, RequirePermission, RequireScope } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { Places } from '../devices/geo/places.service';
import { MemberSessions } from './member-sessions.service';
import { EndedSessionsDto, SessionDto, SessionPage } from './sessions.dto';

/** The sessions of other members, for admins: the permission to remove a member includes signing them out. */
@ApiTags('Sessions')
@ApiParam({ name: 'id', format: 'uuid', description: 'Of the member' })
@Controller('v1/members/:id/sessions')
export class MemberSessionsController {
  constructor(
    private readonly sessions: MemberSessions,
    private readonly places: Places,
  ) {}

  @Get()
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'The live sessions of a member, newest first' })
  @ApiOkResponse({ type: SessionPage })
  async list(
    @Caller() caller: Principal,
    @IdParam('Member') memberId: string,
    @Query() query: PageQuery,
  ): Promise<Page<SessionDto>> {
    const found = await this.sessions.listOf(memberId, query);
    return toPage(found, query.limit, (session) => SessionDto.of(session, caller, this.places));
  }

  @Delete()
  @HttpCode(200)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('auth.session_ended')
  @ApiOperation({ summary: 'Sign a member out everywhere; they may sign in again' })
  @ApiOkResponse({ type: EndedSessionsDto })
  async endAll(@IdParam('Member') memberId: string): Promise<EndedSessionsDto> {
    return { ended: await this.sessions.endAll(memberId, 'ended_by_admin') };
  }

  @Delete(':sessionId')
  @HttpCode(204)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('auth.session_ended')
  @ApiOperation({ summary: 'End one session of a member' })
  @ApiParam({ name: 'sessionId', format: 'uuid' })
  @ApiNoContentResponse()
  end(@IdParam('Session') memberId: string, @IdParam('Session', 'sessionId') id: string): Promise<void> {
    return this.sessions.end(memberId, id, 'ended_by_admin');
  }
}
