/** What may be wrong with any signed token. */
export type AnyTokenFault =
  | 'malformed'
  | 'too_large'
  | 'duplicate_member'
  | 'header_refused'
  | 'algorithm_refused'
  | 'type_refused'
  | 'key_id_missing'
  | 'key_unknown'
  | 'key_mismatch'
  | 'signature_invalid'
  | 'claim_missing'
  | 'claim_invalid'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'too_old';

/** What was wrong with a token. Callers put the kind in front to make a stable code: `id_token_expired`. */
export type JwtFault =
  | AnyTokenFault
  | 'subject_invalid'
  | 'authorized_party_mismatch'
  | 'expired'
  | 'nonce_mismatch'
  | 'at_hash_mismatch'
  | 'auth_time_missing'
  | 'auth_time_too_old'
  | 'acr_mismatch'
  | 'tenant_mismatch'
  | 'hosted_domain_mismatch'
  | 'session_over'
  | 'event_missing'
  | 'nonce_present'
  | 'subject_or_session_missing';

/** The token is not accepted. `fault` is for answers, `reason` for logs and the audit trail. */
export class JwtRefused extends Error {
  override readonly name = 'JwtRefused';

  constructor(
    readonly fault: JwtFault,
    readonly reason: string,
  ) {
    super(`${fault}: ${reason}`);
  }
}

export function refuse(fault: JwtFault, reason: string): never {
  throw new JwtRefused(fault, reason);
}

/** A value of the token in a log line: short, on one line, unmistakably quoted. */
export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 100);
}

const OF_OLD_KEYS: readonly JwtFault[] = ['key_unknown', 'key_mismatch', 'signature_invalid'];

/**
 * Whether newer keys could change the verdict. Also a known one may be out of date: some issuers change a key and leave
 * it its name.
 */
export const mayBeOfNewerKeys = (fault: JwtFault | undefined): boolean =>
  fault !== undefined && OF_OLD_KEYS.includes(fault);
