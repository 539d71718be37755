import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database';
import { Problem } from '../../../http/problems';
import { LoginPolicyService } from '../../sessions/login-policy.service';
import { NewPasswords } from '../rules/new-passwords.service';
import { ResetConsequences } from './reset-consequences.service';
import { type OpenReset, ResetLinks } from './reset-links.service';

/** Somebody with a link from their mail chooses another password. It signs nobody in. */
@Injectable()
export class PasswordReset {
  constructor(
    private readonly database: Database,
    private readonly links: ResetLinks,
    private readonly policy: LoginPolicyService,
    private readonly passwords: NewPasswords,
    private readonly changes: ResetConsequences,
  ) {}

  /**
   * Opens its own transactions. Of many at once with the same link, one succeeds. Throws 400 `reset_link_invalid`, 400
   * `password_…`, 403 `sso_required`.
   */
  async reset(token: string, password: string): Promise<void> {
    const presented = this.links.read(token);
    const inWorkspace = <T>(work: () => Promise<T>): Promise<T> =>
      this.database.inWorkspace(presented.workspaceId, work);
    // First the link, then the slow hash: strangers cannot keep the processor busy.
    const { open, hasFactor } = await inWorkspace(async () => {
      const found = await this.links.find(presented);
      return { open: found, hasFactor: await this.standingOf(found) };
    });
    const { email, workspaceName, workspaceSlug } = open;
    const owner = { email, workspaces: [workspaceName, workspaceSlug], hasFactor };
    const chosen = await this.passwords.make(password, owner);
    await inWorkspace(async () => {
      // As it is by now: the slow hash took its time.
      const role = await this.links.consume(presented, open);
      await this.standingOf({ ...open, role });
      await this.changes.write(open, chosen);
    });
  }

  /** Whether the person has a second factor. Throws 403 `sso_required`. */
  private async standingOf({ memberId, role }: OpenReset): Promise<boolean> {
    const { allowed, hasFactor } = await this.policy.passwordStanding({ id: memberId, role });
    if (allowed) return hasFactor;
    throw new Problem(403, 'sso_required', 'This workspace signs in through its identity provider.');
  }
}
