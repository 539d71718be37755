import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { MemberDirectoryService } from '../../members/member-directory.service';
import { ActivityLog } from '../../scim/activity/activity-log.service';
import { ScimTokensService } from '../../scim/directories/scim-tokens.service';
import { Holds } from '../../scim/guard/holds.service';
import { TOKEN_PATH } from '../../scim/oauth/token-request';
import { SCIM_PREFIX } from '../../scim/scim-problem.renderer';
import type { DirectoryView, Waiting } from './directory-pages';

const LATELY = 20;
const MOST_TOKENS = 100;
/** Of those whose deactivation waits, so many are named. */
const MOST_NAMED = 50;

/** What the page about directories shows of the workspace in flight. */
@Injectable()
export class DirectoryOverview {
  constructor(
    private readonly config: Config,
    private readonly tokens: ScimTokensService,
    private readonly log: ActivityLog,
    private readonly holds: Holds,
    private readonly members: MemberDirectoryService,
  ) {}

  async view(): Promise<DirectoryView> {
    const tokens = await this.tokens.list({ limit: MOST_TOKENS }, 'token');
    const clients = await this.tokens.list({ limit: MOST_TOKENS }, 'client');
    const activity = await this.log.list({ limit: LATELY });
    return {
      baseUrl: `${this.config.publicUrl}${SCIM_PREFIX}`,
      tokenUrl: `${this.config.publicUrl}${TOKEN_PATH}`,
      tokens: tokens.filter(({ revokedAt }) => !revokedAt),
      clients: clients.filter(({ revokedAt }) => !revokedAt),
      activity: activity.slice(0, LATELY),
      counts: await this.members.counts(),
      waiting: await this.waiting(),
    };
  }

  /** At most one burst is open, and none is newer. */
  private async waiting(): Promise<Waiting | undefined> {
    const [newest] = await this.holds.list({ limit: 1 });
    if (!newest || newest.decision !== null || newest.heldMembers === 0) return undefined;
    const named = await this.holds.changesOf(newest.id, { limit: MOST_NAMED });
    return { hold: newest, named: named.slice(0, MOST_NAMED) };
  }
}
