import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Unauthorized } from '../../http/problems';
import { MembersService } from '../../members/members.service';
import type { PasswordAccount } from '../../members/users.service';
import { LoginPolicyService } from '../sessions/login-policy.service';
import { TokenIssuer } from '../tokens/token-issuer.service';
import type { TokenResponseDto } from '../tokens/token-response.dto';

/** One answer for everything that is wrong with a sign-in; the reason stands in the audit log. */
export const wrongCredentials = (reason: string): Unauthorized =>
  new Unauthorized('invalid_credentials', 'Email or password are wrong.', reason);

/** Lets a person whose password was right into the workspace that was asked for, or the first that has them. */
@Injectable()
export class PasswordAdmission {
  constructor(
    private readonly database: Database,
    private readonly members: MembersService,
    private readonly policy: LoginPolicyService,
    private readonly tokens: TokenIssuer,
    private readonly trail: AuditTrail,
  ) {}

  async admit(account: PasswordAccount, slug: string | undefined): Promise<TokenResponseDto> {
    for (const { id } of account.workspaces.filter((workspace) => !slug || workspace.slug === slug)) {
      const admitted = await this.database.inWorkspace(id, () => this.enter(account.userId));
      if (admitted) return admitted;
    }
    throw wrongCredentials('not_a_member');
  }

  private async enter(userId: string): Promise<TokenResponseDto | undefined> {
    const member = await this.members.findLiveByUser(userId);
    if (!member) return undefined;
    const grant = await this.policy.grant({
      memberId: member.id,
      method: 'password',
      amr: ['pwd'],
      authenticatedAt: new Date(),
    });
    const { sessionId, tokens } = await this.tokens.begin(grant);
    this.trail.record({
      type: 'auth.login_succeeded',
      actor: { type: 'user', id: userId, email: member.email },
      target: { type: 'session', id: sessionId },
      data: { method: 'password' },
    });
    return tokens;
  }
}
