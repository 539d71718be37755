import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database';
import { DomainsService } from '../../../domains/domains.service';
import { domainOfEmail } from '../../../domains/domain-name';
import { type PasswordAccount, UsersService } from '../../../members/users.service';
import { PasswordNotices } from './password-notices.service';
import { ResetOffers } from './reset-offers.service';

/** What whoever forgot their password says. */
export interface Wish {
  readonly email: string;
  /** The slug of the workspace that it is for. */
  readonly workspace?: string | undefined;
  /** The page of the console that was wanted. */
  readonly destination?: string | undefined;
}

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
  request({ email, workspace, destination }: Wish): void {
    this.notices.towards(email, async () => {
      const account = await this.users.findPasswordAccount(email);
      if (account) await this.writeTo(account, email, { slug: workspace, destination });
      else await this.writeToFederated(email, destination);
    });
  }

  /** In the first of their workspaces that lets them in by password; a link changes the password for all of them. */
  private async writeTo(
    account: PasswordAccount,
    email: string,
    { slug, destination }: { slug: string | undefined; destination: string | undefined },
  ): Promise<void> {
    let federated: string | undefined;
    for (const { id } of account.workspaces.filter((workspace) => !slug || workspace.slug === slug)) {
      const outcome = await this.database.inWorkspace(id, () => this.offers.offer(account.userId, email));
      if (outcome.kind === 'link')
        return this.notices.sendLink(outcome, { startedByAdmin: false, destination });
      if (outcome.kind === 'federated') federated ??= outcome.workspaceName;
    }
    if (federated !== undefined) await this.notices.sendToProvider(email, federated, destination);
  }

  /** A member whose address nobody but their identity provider has spoken for. */
  private async writeToFederated(email: string, destination: string | undefined): Promise<void> {
    const domain = domainOfEmail(email);
    const workspaceId = domain && (await this.domains.workspaceOfVerifiedDomain(domain));
    if (!workspaceId) return;
    const [member] = await this.database.onceInWorkspace<{ name: string }>(
      workspaceId,
      `select w.name from members m join workspaces w on w.id = m.workspace_id
        where lower(m.email) = $1 and m.removed_at is null limit 1`,
      [email],
    );
    if (member) await this.notices.sendToProvider(email, member.name, destination);
  }
}
