import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { together } from '../../database/together';
import { Problem } from '../../http/problems';
import { isVouched, LoginPolicyService } from '../sessions/login-policy.service';
import type { Policy } from '../../workspaces/workspace-policy.service';
import { TokenIssuer } from '../tokens/token-issuer.service';
import type { TokenResponseDto } from '../tokens/token-response.dto';
import { type RedeemedCode, SignInCodesService } from './sign-in-codes.service';

/** Exchanges the one-time code of a finished browser sign-in for tokens. */
@Injectable()
export class CodeExchangeService {
  constructor(
    private readonly database: Database,
    private readonly codes: SignInCodesService,
    private readonly policy: LoginPolicyService,
    private readonly tokens: TokenIssuer,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Throws 400 `invalid_code`, `code_verifier_required`, `invalid_code_verifier`. A code that comes a second time
   * also ends the session that it opened.
   */
  async exchange(text: string, codeVerifier: string | undefined): Promise<TokenResponseDto> {
    const code = this.codes.locate(text);
    const sessionId = uuidV7();
    const answer = await this.database.inWorkspace(code.workspaceId, async () => {
      const [redeemed, policy, workspace] = await together(
        this.codes.redeem(code, codeVerifier, sessionId),
        this.policy.demands(),
        this.tokens.workspace(),
      );
      return redeemed
        ? this.open(sessionId, redeemed, policy, workspace)
        : this.codes.refuse(code, codeVerifier !== undefined);
    });
    if (answer instanceof Problem) throw answer;
    return answer;
  }

  private async open(
    sessionId: string,
    { attempt, member }: RedeemedCode,
    policy: Policy,
    workspace: TokenResponseDto['workspace'],
  ): Promise<TokenResponseDto> {
    const grant = isVouched(attempt)
      ? await this.policy.grantVouched(attempt, member, policy)
      : await this.policy.grant(attempt);
    const { tokens } = await this.tokens.begin(grant, { sessionId, workspace });
    this.trail.record({
      type: 'auth.login_succeeded',
      target: { type: 'session', id: sessionId },
      actor: { type: 'user', id: grant.userId, email: grant.email },
      data: { method: grant.method, ...(grant.connectionId ? { connectionId: grant.connectionId } : {}) },
    });
    return tokens;
  }
}
