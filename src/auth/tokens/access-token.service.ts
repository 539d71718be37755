import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { Config } from '../../config/config';
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
  ) {}

  async issue(subject: AccessTokenSubject, lifetimeSeconds: number): Promise<string> {
    const { kid, privateKey } = this.keys.current();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      client_id: 'gatehouse',
      sid: subject.sessionId,
      workspace_id: subject.workspaceId,
      auth_time: Math.floor(subject.authenticatedAt.getTime() / 1000),
      amr: [...subject.amr],
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer(this.config.publicUrl)
      .setAudience(this.config.publicUrl)
      .setSubject(subject.userId)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetimeSeconds)
      .setJti(randomUUID())
      .sign(privateKey);
  }
}
