import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequireFeature, RequirePermission } from '../access/declarations';
import type { UserPrincipal } from '../access/principal';
import { Audited } from '../audit/audited';
import { DAY_SECONDS } from '../config/durations';
import { Database } from '../database/database';
import { type Page, PageQuery, toPage } from '../http/page';
import { IdParam } from '../http/uuid-param';
import type { AuditStream } from './audit-stream.entity';
import {
  AuditStreamDto,
  AuditStreamPage,
  CreateAuditStreamDto,
  MadeAuditStreamDto,
  ResumeAuditStreamDto,
  RotateStreamSecretDto,
  StreamTestDto,
  UpdateAuditStreamDto,
} from './audit-streams.dto';
import { AuditStreamsService, type MadeStream } from './audit-streams.service';
import { ReceiverCheck } from './receiver-check.service';
import { StreamTest } from './stream-test.service';

/** For people only: a key that could say where the log goes could read all of it. */
@ApiTags('Audit')
@Controller('v1/audit-streams')
export class AuditStreamsController {
  constructor(
    private readonly streams: AuditStreamsService,
    private readonly receivers: ReceiverCheck,
    private readonly tests: StreamTest,
    private readonly database: Database,
  ) {}

  @Get()
  @RequirePermission('audit:read')
  @ApiOperation({ summary: 'Where the audit log is sent, and how far each receiver is' })
  @ApiOkResponse({ type: AuditStreamPage })
  async list(@Query() query: PageQuery): Promise<Page<AuditStreamDto>> {
    const streams = await this.streams.list(query);
    const show = await this.shown(streams);
    return toPage(streams, query.limit, show);
  }

  @Get(':id')
  @RequirePermission('audit:read')
  @ApiOperation({ summary: 'One stream' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AuditStreamDto })
  async get(@IdParam('Audit stream') id: string): Promise<AuditStreamDto> {
    return this.show(await this.streams.get(id));
  }

  @Post()
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @OutsideTransaction()
  @Audited('audit_stream.created')
  @ApiOperation({ summary: 'Send the audit log somewhere; this answer alone carries the signing secret' })
  @ApiCreatedResponse({ type: MadeAuditStreamDto })
  async create(
    @Caller() caller: UserPrincipal,
    @Body() input: CreateAuditStreamDto,
  ): Promise<MadeAuditStreamDto> {
    await this.receivers.ofNew(input.type, input);
    return this.database.inWorkspace(caller.workspaceId, async () =>
      this.made(await this.streams.create(caller, input)),
    );
  }

  @Patch(':id')
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @OutsideTransaction()
  @Audited('audit_stream.updated')
  @ApiOperation({ summary: 'Change a stream; what is left out stays' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AuditStreamDto })
  async update(
    @Caller() { workspaceId }: UserPrincipal,
    @IdParam('Audit stream') id: string,
    @Body() input: UpdateAuditStreamDto,
  ): Promise<AuditStreamDto> {
    await this.receivers.ofChange(workspaceId, id, input);
    return this.database.inWorkspace(workspaceId, async () =>
      this.show(await this.streams.update(id, input)),
    );
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('workspace:write')
  @Audited('audit_stream.deleted')
  @ApiOperation({ summary: 'Send the log there no more' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  async delete(@IdParam('Audit stream') id: string): Promise<void> {
    await this.streams.delete(id);
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequirePermission('workspace:write')
  @Audited('audit_stream.paused')
  @ApiOperation({ summary: 'Send nothing until it is resumed; nothing is lost' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AuditStreamDto })
  async pause(@IdParam('Audit stream') id: string): Promise<AuditStreamDto> {
    return this.show(await this.streams.pause(id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @Audited('audit_stream.resumed')
  @ApiOperation({ summary: 'Go on where it stopped, or try again now' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AuditStreamDto })
  async resume(
    @IdParam('Audit stream') id: string,
    @Body() { skip }: ResumeAuditStreamDto,
  ): Promise<AuditStreamDto> {
    return this.show(await this.streams.resume(id, skip ?? false));
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @Audited('audit_stream.rotated')
  @ApiOperation({ summary: 'A new signing secret; the old one signs as well for a while' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: MadeAuditStreamDto })
  async rotate(
    @IdParam('Audit stream') id: string,
    @Body() { overlapSeconds }: RotateStreamSecretDto,
  ): Promise<MadeAuditStreamDto> {
    return this.made(await this.streams.rotate(id, overlapSeconds ?? DAY_SECONDS));
  }

  @Post(':id/test')
  @HttpCode(200)
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @OutsideTransaction()
  @Audited('audit_stream.tested')
  @ApiOperation({ summary: 'Send one event that says it is a test' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: StreamTestDto })
  async test(@Caller() caller: UserPrincipal, @IdParam('Audit stream') id: string): Promise<StreamTestDto> {
    const outcome = await this.tests.send(caller, id);
    return { outcome: outcome.kind, error: outcome.kind === 'delivered' ? null : outcome.error };
  }

  private async show(stream: AuditStream): Promise<AuditStreamDto> {
    return (await this.shown([stream]))(stream);
  }

  private async made({ stream, signingSecret }: MadeStream): Promise<MadeAuditStreamDto> {
    return { ...(await this.show(stream)), signingSecret };
  }

  private async shown(streams: readonly AuditStream[]): Promise<(stream: AuditStream) => AuditStreamDto> {
    const backlogs = await this.streams.backlogs(streams.map(({ id }) => id));
    const now = new Date();
    return (stream) => AuditStreamDto.of(stream, backlogs.get(stream.id)!, now);
  }
}
