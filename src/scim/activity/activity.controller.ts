import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Database } from '../../database/database';
import { type Page, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { ActivityDto, ActivityPage, ActivityQuery } from './activity.dto';
import { ActivityLog } from './activity-log.service';
import { ActivityRecorder } from './activity-recorder.service';

@ApiTags('Directory')
@Controller('v1/scim/activity')
export class ActivityController {
  constructor(
    private readonly log: ActivityLog,
    private readonly recorder: ActivityRecorder,
    private readonly database: Database,
  ) {}

  /** Writes the entries of this instance first, so that the list contains the latest requests. */
  @Get()
  @RequirePermission('scim:read')
  @OutsideTransaction()
  @ApiOperation({ summary: 'What directories asked and were answered, newest first; kept thirty days' })
  @ApiOkResponse({ type: ActivityPage })
  async list(@Caller() caller: Principal, @Query() query: ActivityQuery): Promise<Page<ActivityDto>> {
    await this.recorder.flush();
    const found = await this.database.inWorkspace(caller.workspaceId, () => this.log.list(query));
    return toPage(found, query.limit, (activity) => ActivityDto.of(activity));
  }

  @Get(':id')
  @RequirePermission('scim:read')
  @ApiOperation({ summary: 'One request of a directory' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ActivityDto })
  async get(@IdParam('Activity') id: string): Promise<ActivityDto> {
    return ActivityDto.of(await this.log.get(id));
  }
}
