import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { DeviceWatch } from '../devices/device-watch.service';
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

const WORKSPACE = prepared('workspace_of_tokens', 'select id, slug, name from workspaces where id = $1');

/** Turns a session into the tokens an application works with. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly accessTokens: AccessTokenService,
    private readonly devices: DeviceWatch,
    private readonly trail: AuditTrail,
  ) {}

  /** Signs somebody in, on the record: a session and its first tokens, in the transaction of the workspace. */
  async signIn(grant: LoginGrant): Promise<TokenResponseDto> {
    this.devices.note(grant, 'program');
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
  async begin(
    grant: LoginGrant,
    known: { readonly sessionId?: string; readonly workspace?: TokenResponseDto['workspace'] } = {},
  ): Promise<{ sessionId: string; tokens: TokenResponseDto }> {
    const { id, expiresAt } = await this.sessions.open(grant, { id: known.sessionId });
    const secondsLeft = Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
    const accessTokenSeconds = Math.min(grant.accessTokenSeconds, secondsLeft);
    const workspace = known.workspace ?? grant.workspace;
    return { sessionId: id, tokens: await this.issue({ ...grant, id, accessTokenSeconds }, workspace) };
  }

  /** The next tokens of a session, in the transaction of the workspace. */
  async issue(session: TokenSession, known?: TokenResponseDto['workspace']): Promise<TokenResponseDto> {
    const workspace = known ?? (await this.workspace());
    const refreshToken = this.sessions.issueRefreshToken(session.id);
    const accessToken = this.accessTokens.issue(
      { ...session, workspaceId: workspace.id, sessionId: session.id },
      session.accessTokenSeconds,
    );
    return {
      status: 'authenticated',
      tokenType: 'Bearer',
      accessToken,
      expiresIn: session.accessTokenSeconds,
      refreshToken,
      workspace,
    };
  }

  /** The workspace in flight, as tokens come with it. */
  async workspace(): Promise<TokenResponseDto['workspace']> {
    const [workspace] = await this.database.query<TokenResponseDto['workspace']>(WORKSPACE, [
      this.database.workspaceId,
    ]);
    return workspace!;
  }
}
