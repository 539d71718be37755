import { HOUR_SECONDS, MINUTE_SECONDS } from '../config/durations';
/** So many calls in so long, of whoever the key names. */
export interface RatePolicy {
  /** Shown in headers; also what tells the keys of one policy from those of others. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
  /**
   * How many calls an instance takes out of the shared budget at a time, and gives on credit before it asks for any: an
   * even part of the quota. One: each call asks, and nothing is on credit.
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
  /** Calls without a credential, from one network. The backend of an application makes those of all its people. */
  public: ratePolicy('public', 6_000, MINUTE_SECONDS),
  /** Ways in, from one network: beside what is counted of failures. */
  'sign-in': ratePolicy('sign-in', 1_200, MINUTE_SECONDS),
  /** Reports of keys that leaked, from one network: by whoever found one, and by partners, many in one call. */
  leaks: ratePolicy('leaks', 300, MINUTE_SECONDS),
  /** Calls that make us write a mail to somebody who did not ask for it, from one network. */
  mail: { name: 'mail', quota: 300, windowSeconds: HOUR_SECONDS, block: 1, onFailure: 'closed' },
  /** Credentials that were wrong, from one network. Right ones are never refused for it. */
  'wrong-credentials': ratePolicy('wrong-credentials', 300, MINUTE_SECONDS),
} as const satisfies Record<string, RatePolicy>;

/** What a public route may be declared as. */
export type RateClass = 'public' | 'sign-in' | 'leaks' | 'mail';
