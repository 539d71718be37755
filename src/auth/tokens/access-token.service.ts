import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { signJwt } from '../../crypto/jwt-signer';
import { AccessTokenVerifier } from './access-token.verifier';
import { SigningKeysService } from './signing-keys.service';

export interface AccessTokenSubject {
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly authenticatedAt: Date;
  readonly amr: readonly string[];
}

/**
 * Issues access tokens in the profile of RFC 9068. They say who and which session, never what somebody may do:
 * that is read from the database at each request.
 */
@Injectable()
export class AccessTokenService {
  constructor(
    private readonly config: Config,
    private readonly keys: SigningKeysService,
    private readonly verifier: AccessTokenVerifier,
  ) {}

  issue(subject: AccessTokenSubject, lifetimeSeconds: number): string {
    const { kid, privateKey } = this.keys.current();
    const now = Math.floor(Date.now() / 1000);
    const { workspaceId, sessionId, userId } = subject;
    const expires = now + lifetimeSeconds;
    const tokenId = randomUUID();
    const claims = {
      iss: this.config.publicUrl,
      aud: this.config.publicUrl,
      sub: userId,
      client_id: 'gatehouse',
      sid: sessionId,
      workspace_id: workspaceId,
      auth_time: Math.floor(subject.authenticatedAt.getTime() / 1000),
      amr: subject.amr,
      iat: now,
      exp: expires,
      jti: tokenId,
    };
    const token = signJwt({ typ: 'at+jwt', kid }, claims, privateKey);
    this.verifier.signedHere(token, {
      ...{ workspaceId, sessionId, userId, tokenId },
      ...{ issuedAt: now * 1000, expiresAt: expires * 1000 },
    });
    return token;
  }
}
