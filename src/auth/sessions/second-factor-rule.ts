import type { HeldMember } from '../../members/members.service';
import type { Policy } from '../../workspaces/workspace-policy.service';
import type { LoginAttempt } from './login-grant';

/** What somebody has shown: at a sign-in, or in the session that it opened. */
export type Shown = Pick<LoginAttempt, 'method' | 'amr' | 'evidence'>;

/** What a workspace demands beside it. */
export type Demand = Pick<Policy, 'mfaRequired' | 'mfaTrustIdp'>;

/** Whether the workspace demands a second factor of this member, in the role they have now. */
export function covers(
  { mfaRequired }: Pick<Demand, 'mfaRequired'>,
  { role }: Pick<HeldMember, 'role'>,
): boolean {
  return mfaRequired === 'all' || (mfaRequired === 'admins' && role === 'admin');
}

/**
 * Of whom a second factor of ours is asked who has shown this: of everybody who has one or must have one, only of those
 * whom the demand covers, or of nobody. The one rule, for sign-ins, for refreshes and for sessions that run.
 */
export function askedOf(
  { method, amr, evidence }: Shown,
  { mfaRequired, mfaTrustIdp }: Demand,
): 'everybody' | 'covered' | 'nobody' {
  if (method === 'password' || method === 'passkey') return amr.includes('mfa') ? 'nobody' : 'everybody';
  if (mfaTrustIdp === 'never_ask' || evidence === 'own') return 'nobody';
  if (mfaTrustIdp === 'always_ask') return 'everybody';
  return mfaRequired === 'off' || evidence === 'provider' ? 'nobody' : 'covered';
}

/** Whether a member who has a second factor owes it beside what they have shown. */
export function owesFactor(shown: Shown, demand: Demand, member: Pick<HeldMember, 'role'>): boolean {
  const asked = askedOf(shown, demand);
  return asked === 'everybody' || (asked === 'covered' && covers(demand, member));
}
