import { Injectable } from '@nestjs/common';
import { cookieValue, sessionCookieName } from '../../access/authenticator';
import type { UserPrincipal } from '../../access/principal';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import type { OpenProof } from './link-proofs.service';
import { LoginPolicyService } from '../sessions/login-policy.service';
import { SessionAuthenticator } from '../sessions/session.authenticator';
import { PasswordProof } from './password-proof.service';

/** How somebody can prove a member's account here and now; `none`: only by signing in first. */
export type WayOfProof = 'session' | 'password' | 'none';

/** How long ago somebody may have said who they are, where the workspace does not want it to be less. */
const FRESH_MS = 10 * 60 * 1000;

/** Whether the person at this browser is the member whose account is in question. */
@Injectable()
export class AccountProof {
  constructor(
    private readonly config: Config,
    private readonly sessions: SessionAuthenticator,
    private readonly passwords: PasswordProof,
    private readonly policy: LoginPolicyService,
    private readonly database: Database,
  ) {}

  /** A live session of exactly this member, young enough; else the password, where that alone would let them in. */
  async wayFor(proof: OpenProof, cookieHeader: string | undefined): Promise<WayOfProof> {
    const text = cookieValue(cookieHeader, sessionCookieName(this.config.secureOrigin));
    const person = text ? await this.sessions.authenticate({ scheme: 'cookie', text }) : undefined;
    const isThem = person?.memberId === proof.memberId && person.workspaceId === proof.workspaceId;
    if (isThem && isFresh(person)) return 'session';
    return proof.passwordHash !== null && (await this.passwordSuffices(proof)) ? 'password' : 'none';
  }

  /** Whether a password alone would sign this person in: then, and only then, does it prove an account. */
  private async passwordSuffices(proof: OpenProof): Promise<boolean> {
    const { workspaceId, memberId } = proof;
    const said = { method: 'password', amr: ['pwd'], authenticatedAt: new Date() } as const;
    const attempt = { memberId, ...said };
    try {
      await this.database.inWorkspace(workspaceId, () => this.policy.grant(attempt));
      return true;
    } catch (refusal) {
      if (refusal instanceof Problem) return false;
      throw refusal;
    }
  }

  /** Throws 401 `proof_needed`, `invalid_credentials`, 429 `rate_limited`. */
  async prove(
    proof: OpenProof,
    cookieHeader: string | undefined,
    password: string | undefined,
  ): Promise<Exclude<WayOfProof, 'none'>> {
    const way = await this.wayFor(proof, cookieHeader);
    if (way === 'none') {
      throw new Problem(401, 'proof_needed', 'Sign in to your account here first, then come back.', {
        next: { href: '/login', label: 'Sign in' },
      });
    }
    if (way === 'password') await this.passwords.check(proof, password ?? '');
    return way;
  }
}

/** Another way in for good: a session left open must not be enough. */
const isFresh = ({ authenticatedAt, freshSeconds }: UserPrincipal): boolean =>
  Date.now() - authenticatedAt.getTime() <= Math.min(FRESH_MS, freshSeconds * 1000);
