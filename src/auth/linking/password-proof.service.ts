import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { LINK_PAGE, type OpenProof } from './link-proofs.service';
import { KnownPassword } from '../password/known-password.service';

/** The password of the account, guessed no more often than at a sign-in. */
@Injectable()
export class PasswordProof {
  constructor(
    private readonly known: KnownPassword,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws 401 `invalid_credentials`, 429 `rate_limited`; what fails is on record. */
  async check(proof: OpenProof, password: string): Promise<void> {
    const { accountEmail: email, passwordHash } = proof;
    if (await this.known.isRight({ email, passwordHash }, password)) return;
    await this.record(proof);
    throw new Problem(401, 'invalid_credentials', 'That is not the password of this account.', {
      reason: 'wrong_password',
      next: { href: LINK_PAGE, label: 'Try again' },
    });
  }

  private record({ workspaceId, connectionId, subject, memberId, memberEmail }: OpenProof): Promise<void> {
    return this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'sso.link_proof_failed',
        target: { type: 'member', id: memberId },
        actor: { type: 'user', id: null, email: memberEmail },
        data: { connectionId, subject, code: 'invalid_credentials', reason: 'wrong_password' },
      });
    });
  }
}
