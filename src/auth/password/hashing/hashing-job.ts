import { hashSync, verifySync } from '@node-rs/argon2';

/** argon2id (the library's default), 19 MiB, two passes: OWASP's first recommendation. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Of a password that nobody has: verified in place of an account that does not exist, which takes as long. */
export const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$sbAz5DR4uBNGJgbWgF6tZQ$dxs7ro5Ueo5xLcJzthZuboTg++4dVz7A7/fMoXPhrIA';

export type HashingJob =
  | { readonly kind: 'hash'; readonly password: string }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string };

/** What a worker answers: a hash, whether the password is right, or that what is stored is no hash it can read. */
export type HashingResult = string | boolean | { readonly unreadable: true };

/** Costs that a machine can bear, 1 GB of memory at most: another figure comes from a damaged row, not from a service. */
const READABLE = /^\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=\d{1,6},t=\d{1,3},p=\d{1,2}[,$]/;

/**
 * The hash in PHC string format, or whether the password is the one of the hash. Takes some 15 ms of a core, also where the
 * stored hash cannot be read.
 */
export function work(job: HashingJob): HashingResult {
  if (job.kind === 'hash') return hashSync(job.password, COST);
  try {
    if (READABLE.test(job.hash)) return verifySync(job.hash, job.password);
  } catch {
    // Not a hash after all.
  }
  verifySync(NOBODY, job.password);
  return { unreadable: true };
}
