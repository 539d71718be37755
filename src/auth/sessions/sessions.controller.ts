import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Audited } from '../../audit/audited';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { SessionDto, SessionPage } from './sessions.dto';
import { SessionsService } from './sessions.service';

/** A person's own sessions in the workspace they are in. */
@ApiTags('Signing in')
@Controller('v1/auth')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly trail: AuditTrail,
  ) {}

  @Get('sessions')
  @SignedIn()
  @ApiOperation({ summary: 'Your live sessions in this workspace, newest first' })
  @ApiOkResponse({ type: SessionPage })
  async list(@Caller() caller: UserPrincipal, @Query() query: PageQuery): Promise<Page<SessionDto>> {
    const found = await this.sessions.listOf(caller.memberId, query);
    return toPage(found, query.limit, (session) => SessionDto.of(session, caller.sessionId));
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @SignedIn()
  @Audited('auth.session_ended')
  @ApiOperation({ summary: 'End one of your sessions' })
  @ApiNoContentResponse()
  async end(@Caller() caller: UserPrincipal, @IdParam('Session') id: string): Promise<void> {
    await this.sessions.end(id, 'ended_by_owner', caller.memberId);
    this.trail.record({
      type: 'auth.session_ended',
      target: { type: 'session', id },
      data: { reason: 'ended_by_owner', memberId: caller.memberId },
    });
  }
}
