import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequireFeature, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { AuditStreamsService } from '../../audit-streams/audit-streams.service';
import { ReceiverCheck } from '../../audit-streams/receiver-check.service';
import { StreamTest } from '../../audit-streams/stream-test.service';
import { SECTIONS } from '../../auth/pages/sections';
import { Database } from '../../database/database';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { SectionQuery } from '../section-query.dto';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import {
  ResumeFormDto,
  StreamRotationFormDto,
  SyslogFormDto,
  WebhookFormDto,
} from './audit-streams-forms.dto';
import { auditStreamsPage, type AuditStreamsView } from './audit-streams-pages';

const { path } = SECTIONS.auditStreams;

/** More than a workspace may have. */
const ALL = { limit: 100 };

type NewStream = Parameters<AuditStreamsService['create']>[1];
type Just = Pick<AuditStreamsView, 'done' | 'made' | 'tested'>;

/** Where the audit log is sent, for people with a browser. What it does, the calls below /v1 do as well. */
@ApiExcludeController()
@Controller(path)
export class AuditStreamsPagesController {
  constructor(
    private readonly streams: AuditStreamsService,
    private readonly receivers: ReceiverCheck,
    private readonly tests: StreamTest,
    private readonly database: Database,
  ) {}

  @Get()
  @RequirePermission('audit:read')
  @ShowsPage()
  show(@Caller() caller: UserPrincipal, @Query() { done }: SectionQuery): Promise<HtmlPage> {
    return this.page(caller, { done });
  }

  @Post('webhooks')
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @OutsideTransaction()
  @Audited('audit_stream.created')
  @ShowsPage()
  sendToWebhook(@Caller() caller: UserPrincipal, @Body() form: WebhookFormDto): Promise<HtmlPage> {
    const { url, authorization, encoding } = form;
    return this.make(caller, { type: 'webhook', ...asked(form), url, authorization, encoding });
  }

  @Post('syslog')
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @OutsideTransaction()
  @Audited('audit_stream.created')
  @ShowsPage()
  sendToSyslog(@Caller() caller: UserPrincipal, @Body() form: SyslogFormDto): Promise<HtmlPage> {
    const { host, port, plaintext, ca, clientCertificate, clientKey } = form;
    const receiver = { host, port, plaintext: plaintext !== undefined, ca, clientCertificate, clientKey };
    return this.make(caller, { type: 'syslog', ...asked(form), ...receiver });
  }

  @Post(':id/test')
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @OutsideTransaction()
  @Audited('audit_stream.tested')
  @ShowsPage()
  async test(@Caller() caller: UserPrincipal, @IdParam('Audit stream') id: string): Promise<HtmlPage> {
    const outcome = await this.tests.send(caller, id);
    const error = outcome.kind === 'delivered' ? undefined : outcome.error;
    return this.database.inWorkspace(caller.workspaceId, () => this.page(caller, { tested: { id, error } }));
  }

  @Post(':id/pause')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @Audited('audit_stream.paused')
  async pause(@IdParam('Audit stream') id: string): Promise<Onward> {
    await this.streams.pause(id);
    return backTo(path, 'paused');
  }

  @Post(':id/resume')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @Audited('audit_stream.resumed')
  async resume(@IdParam('Audit stream') id: string, @Body() { skip }: ResumeFormDto): Promise<Onward> {
    await this.streams.resume(id, skip !== undefined);
    return backTo(path, skip === undefined ? 'resumed' : 'skipped');
  }

  @Post(':id/rotate')
  @RequirePermission('workspace:write')
  @RequireFeature('audit_streaming')
  @Audited('audit_stream.rotated')
  @ShowsPage()
  async rotate(
    @Caller() caller: UserPrincipal,
    @IdParam('Audit stream') id: string,
    @Body() { overlap }: StreamRotationFormDto,
  ): Promise<HtmlPage> {
    const { signingSecret } = await this.streams.rotate(id, Number(overlap));
    return this.page(caller, { made: signingSecret });
  }

  @Post(':id/delete')
  @Redirect(path, 303)
  @RequirePermission('workspace:write')
  @Audited('audit_stream.deleted')
  async delete(@IdParam('Audit stream') id: string): Promise<Onward> {
    await this.streams.delete(id);
    return backTo(path, 'deleted');
  }

  private async make(caller: UserPrincipal, input: NewStream): Promise<HtmlPage> {
    await this.receivers.ofNew(input.type, input);
    return this.database.inWorkspace(caller.workspaceId, async () => {
      const { signingSecret } = await this.streams.create(caller, input);
      return this.page(caller, { made: signingSecret, done: 'made' });
    });
  }

  private async page(caller: UserPrincipal, just: Just): Promise<HtmlPage> {
    const streams = await this.streams.list(ALL);
    const backlogs = await this.streams.backlogs(streams.map(({ id }) => id));
    const shown = streams.map((stream) => ({ stream, backlog: backlogs.get(stream.id)! }));
    return auditStreamsPage(caller, { streams: shown, ...just });
  }
}

const asked = ({ name, format, startAt, risks, types }: WebhookFormDto | SyslogFormDto) => ({
  ...{ name, format, startAt },
  filter: { risks, types },
});
