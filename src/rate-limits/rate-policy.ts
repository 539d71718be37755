import { HOUR_SECONDS, MINUTE_SECONDS } from '../config/durations';
/** So many calls in so long, of whoever the key names. */
export interface RatePolicy {
  /** Appears in headers, and separates the keys of this policy from those of others. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
  /**
   * Calls that an instance takes from the shared budget at a time, and admits on credit before it asks: a divisor of
   * the quota. With 1 every call asks the store, and none is on credit.
   */
  readonly block: number;
  /** What happens while the store of budgets does not answer: calls pass, or are refused with 503. */
  readonly onFailure: 'open' | 'closed';
}

/** Of the quota, what an instance may give away unseen. */
const BLOCKS = 20;

export const MOST_POLICIES = 10_000;
const made = new Map<string, RatePolicy>();

/** The policy with this name and quota; the same object every time. */
export function ratePolicy(name: string, quota: number, windowSeconds: number): RatePolicy {
  const id = `${name}|${quota}|${windowSeconds}`;
  const known = made.get(id);
  if (known) return known;
  const policy = { name, quota, windowSeconds, block: blockOf(quota), onFailure: 'open' } as const;
  // Admins choose the quotas of keys: whoever changes them all the time must not fill the memory.
  if (made.size >= MOST_POLICIES) made.clear();
  made.set(id, policy);
  return policy;
}

/** The largest even part of the quota that is a twentieth at most. */
function blockOf(quota: number): number {
  let block = Math.max(1, Math.floor(quota / BLOCKS));
  while (quota % block !== 0) block -= 1;
  return block;
}

/** What everybody gets. docs/rate-limits.md explains the numbers. */
export const RATE_POLICIES = {
  /** A member, API key or token of a directory. */
  account: ratePolicy('account', 6_000, MINUTE_SECONDS),
  /** All of a workspace together. */
  workspace: ratePolicy('workspace', 60_000, MINUTE_SECONDS),
  /** Calls without a credential, per network. The backend of an application makes the calls for all its users. */
  public: ratePolicy('public', 6_000, MINUTE_SECONDS),
  /** Sign-in endpoints, per network. Failed attempts are counted separately. */
  'sign-in': ratePolicy('sign-in', 1_200, MINUTE_SECONDS),
  /** Reports of leaked keys, per network: from individuals, and from partners, who send many in one call. */
  leaks: ratePolicy('leaks', 300, MINUTE_SECONDS),
  /** Calls that send a mail to a person who did not ask for it, per network. */
  mail: { name: 'mail', quota: 300, windowSeconds: HOUR_SECONDS, block: 1, onFailure: 'closed' },
  /** Credentials that were wrong, from one network. Right ones are never refused for it. */
  'wrong-credentials': ratePolicy('wrong-credentials', 300, MINUTE_SECONDS),
} as const satisfies Record<string, RatePolicy>;

/** What a public route may be declared as. */
export type RateClass = 'public' | 'sign-in' | 'leaks' | 'mail';
