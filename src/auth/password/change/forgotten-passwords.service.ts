import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database';
import { DomainsService } from '../../../domains/domains.service';
import { domainOfEmail } from '../../../domains/domain-name';
import { type PasswordAccount, UsersService } from '../../../members/users.service';
import { PasswordNotices } from './password-notices.service';
import { ResetOffers } from './reset-offers.service';

/** Somebody who is not signed in asks for another password. */
@Injectable()
export class ForgottenPasswords {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly domains: DomainsService,
    private readonly offers: ResetOffers,
    private readonly notices: PasswordNotices,
  ) {}

  /**
   * Answers at once, whether there is such an account or not; what follows from it follows after the answer: a link,
   * or, for whoever signs in through an identity provider alone, a mail that says so.
   */
  request(email: string, workspace: string | undefined): void {
    this.notices.towards(email, async () => {
      const account = await this.users.findPasswordAccount(email);
      if (account) await this.writeTo(account, email, workspace);
      else await this.writeToFederated(email);
    });
  }

  /** In the first of their workspaces that lets them in by password; a link changes the password for all of them. */
  private async writeTo(account: PasswordAccount, email: string, slug: string | undefined): Promise<void> {
    let federated: string | undefined;
    for (const { id } of account.workspaces.filter((workspace) => !slug || workspace.slug === slug)) {
      const outcome = await this.database.inWorkspace(id, () => this.offers.offer(account.userId, email));
      if (outcome.kind === 'link') return this.notices.sendLink(outcome, false);
      if (outcome.kind === 'federated') federated ??= outcome.workspaceName;
    }
    if (federated !== undefined) await this.notices.sendToProvider(email, federated);
  }

  /** A member whose address nobody but their identity provider has spoken for. */
  private async writeToFederated(email: string): Promise<void> {
    const domain = domainOfEmail(email);
    const workspaceId = domain && (await this.domains.workspaceOfVerifiedDomain(domain));
    if (!workspaceId) return;
    const [member] = await this.database.onceInWorkspace<{ name: string }>(
      workspaceId,
      `select w.name from members m join workspaces w on w.id = m.workspace_id
        where lower(m.email) = $1 and m.removed_at is null limit 1`,
      [email],
    );
    if (member) await this.notices.sendToProvider(email, member.name);
  }
}
