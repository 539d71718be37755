import type { AnyTokenFault } from '../../../crypto/jwt-refused';
import { Problem } from '../../../http/problems';

/** What the rules for a security event token have something to say about. */
export type EventTokenFault = AnyTokenFault | 'event_missing' | 'nonce_present';

/** RFC 8935 section 2.4. */
export type PushError =
  | 'invalid_request'
  | 'invalid_key'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'authentication_failed'
  | 'access_denied';

const SENTENCES: { readonly [E in PushError]: string } = {
  invalid_request: 'The request is not an acceptable security event token (RFC 8417).',
  invalid_key: 'The token is not signed by a key that the issuer publishes.',
  invalid_issuer: 'The token was issued by another transmitter.',
  invalid_audience: 'The token is meant for another receiver, or for others too.',
  authentication_failed: 'The Authorization header is missing or wrong.',
  access_denied: 'Nobody pushes events to this connection.',
};

const KEY_FAULTS: readonly EventTokenFault[] = [
  ...(['key_id_missing', 'key_unknown', 'key_mismatch', 'signature_invalid', 'algorithm_refused'] as const),
];

/** A push was refused. The code goes to the audit log, `err` over the wire. */
export class PushRefusal extends Problem {
  override readonly name = 'PushRefusal';

  constructor(
    readonly err: PushError,
    code: string,
    reason: string,
  ) {
    super(400, code, SENTENCES[err], { reason });
  }

  static ofToken(fault: EventTokenFault, reason: string): PushRefusal {
    return new PushRefusal(errorFor(fault), `security_event_token_${fault}` as const, reason);
  }
}

function errorFor(fault: EventTokenFault): PushError {
  if (KEY_FAULTS.includes(fault)) return 'invalid_key';
  if (fault === 'issuer_mismatch') return 'invalid_issuer';
  return fault === 'audience_mismatch' ? 'invalid_audience' : 'invalid_request';
}
