import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { JwtRefused, verifyJwt } from '../../crypto/jwt-verifier';
import { SigningKeysService } from './signing-keys.service';

export interface AccessTokenClaims {
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** RFC 7519 section 4.1.7. */
  readonly tokenId: string;
}

const MOST_REMEMBERED = 10_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Verifies our own access tokens (RFC 9068 section 4). Only the result of the signature check is remembered, since
 * it cannot change while the keys stay the same; expiry is checked each time, and what the session may do is never taken from the token.
 */
@Injectable()
export class AccessTokenVerifier {
  private readonly remembered = new Map<string, AccessTokenClaims>();
  /** Of the keys by which they were judged. */
  private generation = 0;

  constructor(
    private readonly config: Config,
    private readonly keys: SigningKeysService,
  ) {}

  /** The claims of a good token, undefined for any other text. */
  async verify(token: string): Promise<AccessTokenClaims | undefined> {
    if (this.generation !== this.keys.generation) this.startOver();
    const claims = this.remembered.get(token) ?? (await this.check(token));
    if (!claims) return undefined;
    if (claims.expiresAt <= Date.now()) {
      this.remembered.delete(token);
      return undefined;
    }
    return claims;
  }

  /** Takes a token for verified, because a key that verifies now has just signed it here: it will be used right away. */
  signedHere(token: string, claims: AccessTokenClaims): void {
    if (this.generation !== this.keys.generation) this.startOver();
    this.remember(token, claims);
  }

  /** A key was revoked, or another one is there. */
  private startOver(): void {
    this.remembered.clear();
    this.generation = this.keys.generation;
  }

  private async check(token: string): Promise<AccessTokenClaims | undefined> {
    let verified = this.verified(token);
    // Another instance may have just published the key.
    if (verified === 'key_unknown' && (await this.keys.readAgain())) verified = this.verified(token);
    if (!verified || verified === 'key_unknown') return undefined;
    this.remember(token, verified);
    return verified;
  }

  /** Oldest first out: a token that is still used comes back with the next request. */
  private remember(token: string, claims: AccessTokenClaims): void {
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    this.remembered.set(token, claims);
  }

  private verified(token: string): AccessTokenClaims | 'key_unknown' | undefined {
    const { publicUrl } = this.config;
    try {
      const { sub, iat, exp, jti, sid, workspace_id } = verifyJwt('access_token', token, {
        keys: this.keys.verificationKeys,
        issuer: publicUrl,
        audience: publicUrl,
        now: new Date(),
      });
      if (!isUuid(sid) || !isUuid(workspace_id)) return undefined;
      return {
        ...{ workspaceId: workspace_id, sessionId: sid, userId: sub, tokenId: String(jti) },
        ...{ issuedAt: iat * 1000, expiresAt: exp * 1000 },
      };
    } catch (failure) {
      if (!(failure instanceof JwtRefused)) throw failure;
      return failure.fault === 'key_unknown' ? failure.fault : undefined;
    }
  }
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
