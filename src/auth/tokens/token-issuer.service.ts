import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { SessionsService } from '../sessions/sessions.service';
import type { LoginGrant } from '../sessions/login-grant';
import { AccessTokenService } from './access-token.service';
import type { TokenResponseDto } from './token-response.dto';

export interface TokenSession {
  readonly id: string;
  readonly userId: string;
  readonly authenticatedAt: Date;
  readonly amr: readonly string[];
  readonly accessTokenSeconds: number;
}

/** Turns a session into the tokens an application works with. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly accessTokens: AccessTokenService,
    private readonly trail: AuditTrail,
  ) {}

  /** Signs somebody in, on the record: a session and its first tokens, in the transaction of the workspace. */
  async signIn(grant: LoginGrant): Promise<TokenResponseDto> {
    const { sessionId, tokens } = await this.begin(grant);
    this.trail.record({
      type: 'auth.login_succeeded',
      actor: { type: 'user', id: grant.userId, email: grant.email },
      target: { type: 'session', id: sessionId },
      data: { method: grant.method },
    });
    return tokens;
  }

  /** Opens a session and issues its first tokens, in the transaction of the workspace. */
  async begin(grant: LoginGrant): Promise<{ sessionId: string; tokens: TokenResponseDto }> {
    const { id, expiresAt } = await this.sessions.open(grant);
    const secondsLeft = Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
    const accessTokenSeconds = Math.min(grant.accessTokenSeconds, secondsLeft);
    return { sessionId: id, tokens: await this.issue({ ...grant, id, accessTokenSeconds }) };
  }

  /** The next tokens of a session, in the transaction of the workspace. */
  async issue(session: TokenSession): Promise<TokenResponseDto> {
    const workspaceId = this.database.workspaceId;
    const refreshToken = await this.sessions.issueRefreshToken(session.id);
    const [workspace] = await this.database.query<TokenResponseDto['workspace']>(
      'select id, slug, name from workspaces where id = $1',
      [workspaceId],
    );
    const accessToken = await this.accessTokens.issue(
      { ...session, workspaceId, sessionId: session.id },
      session.accessTokenSeconds,
    );
    return {
      status: 'authenticated',
      tokenType: 'Bearer',
      accessToken,
      expiresIn: session.accessTokenSeconds,
      refreshToken,
      workspace: workspace!,
    };
  }
}
