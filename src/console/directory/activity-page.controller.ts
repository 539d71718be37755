import { Controller, Get, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import type { HtmlPage } from '../../http/html-page';
import { toPage } from '../../http/page';
import { ActivityLog } from '../../scim/activity/activity-log.service';
import { ActivityRecorder } from '../../scim/activity/activity-recorder.service';
import { ShowsPage } from '../shows-page';
import { spanOf } from '../span-of-days';
import { activityPage } from './activity-page';
import { ActivityPageQuery } from './activity-page.dto';
import { ACTIVITY_PATH } from './activity-rows';

/** What directories asked and were answered, for people with a browser. */
@ApiExcludeController()
@Controller(ACTIVITY_PATH)
export class ActivityPageController {
  constructor(
    private readonly log: ActivityLog,
    private readonly recorder: ActivityRecorder,
    private readonly database: Database,
  ) {}

  /** What this instance has not written down yet is written first: whoever looks sees what just happened. */
  @Get()
  @OutsideTransaction()
  @RequirePermission('scim:read')
  @ShowsPage()
  async show(@Caller() caller: UserPrincipal, @Query() query: ActivityPageQuery): Promise<HtmlPage> {
    const { limit, cursor, from, until, ...others } = query;
    const filter = { limit, ...(cursor !== undefined && { cursor }), ...others, ...spanOf(from, until) };
    await this.recorder.flush();
    const found = await this.database.inWorkspace(caller.workspaceId, () => this.log.list(filter));
    const { data, nextCursor } = toPage(found, limit, (activity) => activity);
    return activityPage(caller, { activity: data, next: nextCursor, search: { ...others, from, until } });
  }
}
