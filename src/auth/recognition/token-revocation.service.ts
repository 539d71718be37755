import { Injectable } from '@nestjs/common';
import { ApiKeyAuthenticator } from '../../api-keys/api-key.authenticator';
import { ApiKeysService } from '../../api-keys/api-keys.service';
import { AuditTrail } from '../../audit/audit-trail';
import type { PresentedCredential } from '../../crypto/credential';
import { Database } from '../../database/database';
import { requestContext } from '../../http/request-context';
import { AccessTokenVerifier } from '../tokens/access-token.verifier';
import { readRevokedToken } from './revoked-token';

interface EndedRow {
  id: string;
  member_id: string;
  user_id: string;
  email: string;
}

const END = `
  update sessions s set ended_at = now(), end_reason = 'token_revoked' from members m
   where m.workspace_id = s.workspace_id and m.id = s.member_id and s.ended_at is null`;

/**
 * Makes a token worthless for whoever shows it (RFC 7009). Holding the whole text is the right to end it: its owner
 * loses nothing that whoever else has it should keep. Opens its own transactions.
 */
@Injectable()
export class TokenRevocation {
  constructor(
    private readonly database: Database,
    private readonly accessTokens: AccessTokenVerifier,
    private readonly apiKeyHolders: ApiKeyAuthenticator,
    private readonly apiKeys: ApiKeysService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * A token of a session ends the session, with all its tokens. What is unknown, wrong or over already is nothing to
   * complain about. Throws 400 `unsupported_token_type`.
   */
  async revoke(text: string): Promise<void> {
    const token = readRevokedToken(text);
    if (token.kind === 'access_token') return this.endByAccessToken(text);
    if (token.kind === 'refresh_token') return this.endByRefreshToken(token.presented);
    if (token.kind === 'api_key') return this.revokeKey(text);
    this.trail.nothingChanged();
  }

  private async endByAccessToken(text: string): Promise<void> {
    const claims = await this.accessTokens.verify(text);
    if (!claims) return this.trail.nothingChanged();
    await this.end(claims.workspaceId, `${END} and s.id = $1 and m.user_id = $2`, [
      claims.sessionId,
      claims.userId,
    ]);
  }

  /** Also one that was exchanged before: it is of the same family. */
  private endByRefreshToken({ workspaceId, id, hash }: PresentedCredential): Promise<void> {
    return this.end(
      workspaceId,
      `${END} and s.id = (select session_id from refresh_tokens where id = $1 and secret_hash = $2)`,
      [id, hash],
    );
  }

  private end(workspaceId: string, statement: string, parameters: unknown[]): Promise<void> {
    return this.database.inWorkspace(workspaceId, async () => {
      const [ended] = await this.database.query<EndedRow>(
        `${statement} returning s.id, s.member_id, m.user_id, m.email`,
        parameters,
      );
      if (!ended) return this.trail.nothingChanged();
      this.trail.record({
        type: 'auth.session_ended',
        target: { type: 'session', id: ended.id },
        actor: { type: 'user', id: ended.user_id, email: ended.email },
        data: { reason: 'token_revoked', memberId: ended.member_id },
      });
    });
  }

  private async revokeKey(text: string): Promise<void> {
    const holder = await this.apiKeyHolders.inspect(text);
    if (!holder) return this.trail.nothingChanged();
    const { id, workspaceId } = holder;
    // Whoever shows a key acts as it, as everywhere else.
    Object.assign(requestContext.current() ?? {}, { caller: { kind: 'api_key', id, workspaceId } });
    await this.database.inWorkspace(workspaceId, () => this.apiKeys.revoke(id));
  }
}
