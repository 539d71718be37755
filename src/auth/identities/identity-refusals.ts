import { Problem } from '../../http/problems';

/** Why somebody whom a provider vouches for is not let in, in words that the person can act on. */
const REFUSALS = {
  subject_invalid: 'The identity provider did not name the person in a way that can be stored.',
  member_removed: 'You are no longer a member of this workspace.',
  email_missing: 'The identity provider did not send an email address.',
  email_invalid: 'What the identity provider sent as email address is none.',
  email_domain_not_verified: 'The workspace has not proved that the domain of your email address is its own.',
  jit_disabled: 'You are not a member of this workspace. Ask its admins to invite you.',
  jit_domain_not_allowed:
    'People with an address at your domain do not become members by signing in. Ask the admins to invite you.',
  jit_no_mapping:
    'None of your groups gives you access to this workspace. Ask whoever manages your groups to add you to one.',
} as const;

export type IdentityRefusal = keyof typeof REFUSALS;

/** A 403; the reason is for the audit log only. */
export function refusal(code: IdentityRefusal, reason: string): Problem {
  return new Problem(403, code, REFUSALS[code], { reason });
}
