import type { AuditActor } from '../../audit/audit-event';

/** Whose factors: a member, and the user who acts as one. */
export interface FactorOwner {
  /** The user's id. */
  readonly id: string;
  readonly memberId: string;
  readonly email: string;
}

/** The owner as whoever did it: during a sign-in nobody is known to be asking yet. */
export const actorOf = ({ id, email }: FactorOwner): AuditActor => ({ type: 'user', id, email });
