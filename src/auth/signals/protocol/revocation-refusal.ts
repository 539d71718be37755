import type { AnyTokenFault } from '../../../crypto/jwt-refused';
import { Problem } from '../../../http/problems';

/** Codes beyond the faults that every token may have. */
const REFUSALS = {
  revocation_token_missing: [401, 'Send the token as Authorization: Bearer.'],
  revocation_not_configured: [401, 'This connection has no issuer whose revocations count.'],
  revocation_token_replayed: [401, 'This token was used before.'],
  revocation_token_audience_mismatch: [403, 'The token is meant for another endpoint, or for others too.'],
  revocation_token_subject_mismatch: [403, 'The token was issued for another application.'],
  revocation_body_invalid: [400, 'The body must be {"sub_id": …} with a subject identifier (RFC 9493).'],
  revocation_subject_invalid: [400, 'The subject identifier cannot be read.'],
  revocation_subject_unsupported: [422, 'Subjects of this format mean nobody here.'],
  revocation_subject_unknown: [404, 'Nobody of this connection has that name.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

/** What the rules for such a token have something to say about. */
export type RevocationTokenFault = AnyTokenFault | 'expired' | 'subject_invalid';

export type RevocationRefusalCode = keyof typeof REFUSALS | `revocation_token_${RevocationTokenFault}`;

/** A call to end somebody's sessions was refused. `reason` is for the audit log. */
export class RevocationRefusal extends Problem {
  override readonly name = 'RevocationRefusal';

  constructor(code: RevocationRefusalCode, reason: string) {
    const [status, sentence] = answerTo(code);
    super(status, code, sentence, { reason });
  }
}

function answerTo(code: RevocationRefusalCode): readonly [status: number, sentence: string] {
  return code in REFUSALS
    ? REFUSALS[code as keyof typeof REFUSALS]
    : [401, 'The token is not an acceptable Global Token Revocation token.'];
}
