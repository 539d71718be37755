import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { Config } from '../../config/config';
import { type Page, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { ConnectionTests } from './connection-tests.service';
import {
  AttemptQuery,
  LoginAttemptDto,
  LoginAttemptPage,
  LoginAttemptSummaryDto,
  StartedTestDto,
} from './login-attempts.dto';

@ApiTags('Connections')
@Controller('v1/sso/connections/:id')
export class LoginAttemptsController {
  constructor(
    private readonly tests: ConnectionTests,
    private readonly config: Config,
  ) {}

  @Post('test')
  @RequirePermission('sso:write')
  @Audited('sso_connection.test_started')
  @ApiOperation({ summary: 'Start a test sign-in: answers a link that opens it, once, in a browser' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiCreatedResponse({ type: StartedTestDto })
  test(@IdParam('Connection') id: string): Promise<StartedTestDto> {
    return this.tests.start(id);
  }

  @Get('login-attempts')
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'List the sign-ins of the last 30 days through a connection, newest first' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: LoginAttemptPage })
  async list(
    @IdParam('Connection') id: string,
    @Query() query: AttemptQuery,
  ): Promise<Page<LoginAttemptSummaryDto>> {
    const now = new Date();
    const rows = await this.tests.list(id, query);
    return toPage(rows, query.limit, (attempt) => LoginAttemptSummaryDto.of(attempt, now));
  }

  @Get('login-attempts/:attemptId')
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'Show a sign-in: every check, who can put it right, and what would come of it' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiParam({ name: 'attemptId', format: 'uuid' })
  @ApiOkResponse({ type: LoginAttemptDto })
  async get(
    @IdParam('Connection') id: string,
    @Param('attemptId') attemptId: string,
  ): Promise<LoginAttemptDto> {
    const { attempt, connection } = await this.tests.get(id, attemptId);
    return LoginAttemptDto.full(attempt, connection, this.config.publicUrl, new Date());
  }
}
