import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { ActivityLog } from '../../scim/activity/activity-log.service';
import { ActivityRecorder } from '../../scim/activity/activity-recorder.service';
import { type NewScimToken, ScimTokensService } from '../../scim/directories/scim-tokens.service';
import { SCIM_PREFIX } from '../../scim/scim-problem.renderer';
import type { DirectoryView } from './directory-pages';

const LATELY = 20;
const MOST_TOKENS = 100;

/** What the page about directories shows and does. */
@Injectable()
export class DirectoryDesk {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly tokens: ScimTokensService,
    private readonly log: ActivityLog,
    private readonly recorder: ActivityRecorder,
  ) {}

  /** Outside of a transaction: with what this instance has not written down yet. */
  async afresh(workspaceId: string): Promise<DirectoryView> {
    await this.recorder.flush();
    return this.database.inWorkspace(workspaceId, () => this.view());
  }

  /** In the workspace in flight. */
  async view(): Promise<DirectoryView> {
    const tokens = await this.tokens.list({ limit: MOST_TOKENS }, 'token');
    const activity = await this.log.list({ limit: LATELY });
    const now = new Date();
    return {
      baseUrl: `${this.config.publicUrl}${SCIM_PREFIX}`,
      tokens: tokens.filter(({ revokedAt, expiresAt }) => !revokedAt && (!expiresAt || expiresAt > now)),
      activity: activity.slice(0, LATELY),
    };
  }

  /** Answers the text of the token, which nobody can read again. */
  async issue(terms: NewScimToken): Promise<string> {
    return (await this.tokens.issue(terms)).text;
  }

  /** As `issue`, in place of another, which works for another week. Throws NotFound, 409 `scim_token_ended`. */
  async rotate(id: string, createdBy: string): Promise<string> {
    return (await this.tokens.rotate(id, 'token', { createdBy })).text;
  }

  /** Throws NotFound. */
  revoke(id: string): Promise<void> {
    return this.tokens.revoke(id, 'token');
  }
}
