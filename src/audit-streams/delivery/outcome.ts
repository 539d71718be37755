import { HOUR_MS } from '../../config/durations';
/** How sending a message ended. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** The receiver answered, and does not want it as it is: somebody has to mend something. */
  | { readonly kind: 'refused'; readonly error: string; readonly tooLarge?: boolean; readonly gone?: boolean }
  /** The receiver could not take it now. */
  | { readonly kind: 'unreachable'; readonly error: string; readonly retryAfterSeconds?: number };

export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

/** A stream that failed for this long is paused, and the admins are told. */
const PATIENCE_MS: Readonly<Record<Failure['kind'], number>> = {
  refused: 12 * HOUR_MS,
  unreachable: 72 * HOUR_MS,
};

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** What a receiver may ask for with Retry-After. */
const LONGEST_ASKED_MS = HOUR_MS;

/** 2xx is taken. 408, 425 and 429 are "not now" like 5xx; every other answer is a refusal, redirects too. */
export function outcomeOf(status: number, headers: Readonly<Record<string, string>>): Outcome {
  if (status >= 200 && status <= 299) return { kind: 'delivered' };
  const error = `The receiver answered ${status}.`;
  if (status >= 500 || [408, 425, 429].includes(status)) {
    const seconds = Number(headers['retry-after']);
    const asked = Number.isFinite(seconds) && seconds > 0;
    return { kind: 'unreachable', error, ...(asked && { retryAfterSeconds: seconds }) };
  }
  return {
    kind: 'refused',
    error,
    ...(status === 413 && { tooLarge: true }),
    ...(status === 410 && { gone: true }),
  };
}

/** After so many failures in a row: doubling from five seconds to a quarter of an hour, a fifth more or less. */
export function waitOf(failures: number, failure: Failure, random = Math.random()): number {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1), LONGEST_WAIT_MS);
  const asked = failure.kind === 'unreachable' ? (failure.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.max(Math.round(wait * (0.8 + 0.4 * random)), Math.min(asked, LONGEST_ASKED_MS));
}

/** Whether to give up for now. A receiver that says it is gone for good is believed at once. */
export function isHopeless(failure: Failure, failingSince: Date, now: Date): boolean {
  if (failure.kind === 'refused' && failure.gone) return true;
  return now.getTime() - failingSince.getTime() >= PATIENCE_MS[failure.kind];
}
