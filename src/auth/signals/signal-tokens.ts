import { Injectable } from '@nestjs/common';
import {
  type ClaimsOf,
  type JwtContexts,
  JwtRefused,
  mayBeOfNewerKeys,
  verifyJwt,
} from '../../crypto/jwt-verifier';
import type { VerificationKeys } from '../../crypto/verification-keys';
import { Problem } from '../../http/problems';
import { OutboundFailed, OutboundRefused } from '../../outbound/outbound.errors';
import { Deadline } from '../oidc/deadline';
import { JwksCache, JwksUnusable } from '../oidc/jwks-cache';

type SignalTokenKind = 'revocation_token' | 'security_event_token';

const BUDGET_MS = 4_000;

/** Verifies tokens that tell of revoked sessions, with the keys their issuer publishes. */
@Injectable()
export class SignalTokens {
  constructor(private readonly jwks: JwksCache) {}

  /**
   * The claims of a good token; where no known key signed it, the keys are looked at once more. Throws JwtRefused, and 503 `idp_unreachable`
   * or `signal_keys_invalid` when there are no keys to verify with.
   */
  async verify<K extends SignalTokenKind>(
    kind: K,
    token: string,
    jwksUri: string,
    expected: Omit<JwtContexts[K], 'keys'>,
  ): Promise<ClaimsOf<K>> {
    const verifyWith = (keys: VerificationKeys) => verifyJwt(kind, token, { ...expected, keys });
    const deadline = new Deadline(BUDGET_MS);
    try {
      const keys = await deadline.race(this.jwks.get(jwksUri));
      try {
        return verifyWith(keys);
      } catch (error) {
        const isOfNewerKeys = error instanceof JwtRefused && mayBeOfNewerKeys(error.fault);
        const newer = isOfNewerKeys ? await deadline.race(this.jwks.newerThan(keys, jwksUri)) : undefined;
        if (!newer) throw error;
        return verifyWith(newer);
      }
    } catch (error) {
      throw withoutKeys(error, jwksUri);
    }
  }
}

function withoutKeys(error: unknown, jwksUri: string): unknown {
  const ours = [OutboundRefused, OutboundFailed, JwksUnusable].some((kind) => error instanceof kind);
  if (!ours) return error;
  const code = error instanceof JwksUnusable ? 'signal_keys_invalid' : 'idp_unreachable';
  const reason = `${jwksUri}: ${(error as Error).message}`;
  return new Problem(503, code, 'The keys of the issuer cannot be fetched. Try again.', { reason });
}
