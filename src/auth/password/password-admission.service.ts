import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem, Unauthorized } from '../../http/problems';
import type { PasswordAccount } from '../../members/users.service';
import { KnownDevices } from '../devices/known-devices.service';
import type { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import { SecondFactorRequest } from '../mfa/second-factor-request.service';
import type { LoginGrant } from '../sessions/login-grant';
import { LoginPolicyService } from '../sessions/login-policy.service';
import { SecondFactorNeeded } from '../sessions/second-factor-needed';
import type { CountedAttempt } from './counted-attempt';

/** One answer for everything that is wrong with a sign-in; the reason stands in the audit log. */
export const wrongCredentials = (reason: string): Unauthorized =>
  new Unauthorized('invalid_credentials', 'Email or password are wrong.', reason);

/** An account, and that its password is the one that was typed. */
export type RightPassword = PasswordAccount & { readonly passwordHash: string };

/** Lets a person whose password was right into the workspace that was asked for, or the first that takes it. */
@Injectable()
export class PasswordAdmission {
  constructor(
    private readonly database: Database,
    private readonly policy: LoginPolicyService,
    private readonly secondFactor: SecondFactorRequest,
    private readonly devices: KnownDevices,
  ) {}

  /**
   * `open` makes what the person leaves with, in the transaction of the workspace; where a password is not enough,
   * the answer asks for the second factor instead. Either way the attempt was no failure.
   */
  async admit<Opened>(
    account: RightPassword,
    slug: string | undefined,
    open: (grant: LoginGrant) => Promise<Opened>,
    counted: CountedAttempt,
  ): Promise<Opened | SecondFactorAskedDto> {
    let refused: Problem | undefined;
    for (const { id } of account.workspaces.filter((workspace) => !slug || workspace.slug === slug)) {
      try {
        const admitted = await this.database.inWorkspace(id, async () => {
          const entered = await this.enter(account, open);
          if (entered) counted.isRightAtCommit();
          return entered;
        });
        if (admitted) return admitted.opened;
      } catch (refusal) {
        // One workspace that takes no passwords does not speak for the others of this person.
        if (!(refusal instanceof Problem && refusal.code === 'sso_required')) throw refusal;
        refused ??= refusal;
      }
    }
    throw refused ?? wrongCredentials('not_a_member');
  }

  private async enter<Opened>(
    { userId, passwordHash }: RightPassword,
    open: (grant: LoginGrant) => Promise<Opened>,
  ): Promise<{ opened: Opened | SecondFactorAskedDto } | undefined> {
    const standing = await this.policy.standingByPassword(userId, passwordHash);
    if (!standing) return undefined;
    const { member } = standing;
    const attempt = {
      memberId: member.id,
      method: 'password',
      amr: ['pwd'],
      authenticatedAt: new Date(),
    } as const;
    try {
      const grant = this.policy.grantLocal(attempt, standing);
      this.devices.note(userId);
      return { opened: await open(grant) };
    } catch (failure) {
      if (!(failure instanceof SecondFactorNeeded)) throw failure;
      const owner = { id: userId, memberId: member.id, email: member.email };
      const { method, amr } = attempt;
      return { opened: await this.secondFactor.ask(owner, failure, { method, amr }) };
    }
  }
}
