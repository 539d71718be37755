import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/declarations';
import { Database } from '../database/database';
import { Problem } from '../http/problems';
import { Schedule } from '../schedule/schedule';
import { Metrics } from './metrics';

/** What the operator's probes and scrapers call. */
@ApiTags('Operations')
@Controller()
export class OperationsController {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    private readonly schedule: Schedule,
  ) {}

  @Get('health/live')
  @Public()
  @ApiOperation({ summary: 'The process is up' })
  @ApiOkResponse()
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * Migrations run before the service listens, so a database that answers is a migrated one. Jobs that hang are named: the
   * instance serves requests all the same.
   */
  @Get('health/ready')
  @Public()
  @ApiOperation({ summary: 'The database is reachable, migrated and may be changed' })
  @ApiOkResponse()
  async ready(): Promise<{ status: 'ok'; overdueJobs?: string[] }> {
    await this.database.ping().catch((failure: unknown) => {
      throw new Problem(503, 'database_unreachable', 'The database does not answer, or can only be read.', {
        reason: String(failure),
      });
    });
    const { overdue } = this.schedule;
    return { status: 'ok', ...(overdue.length > 0 && { overdueJobs: overdue }) };
  }

  @Get('metrics')
  @Public()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Metrics in the Prometheus text format' })
  scrape(): Promise<string> {
    return this.metrics.text();
  }
}
