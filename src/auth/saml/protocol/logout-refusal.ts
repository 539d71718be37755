import { Problem } from '../../../http/problems';

/** Status and message of each refusal, for the person at the browser and the administrator. */
export const SAML_LOGOUT_REFUSALS = {
  saml_logout_missing: [400, 'There is no SAML message about logging out here.'],
  saml_logout_malformed: [400, 'The SAML message about logging out cannot be read.'],
  saml_logout_too_large: [413, 'The SAML message about logging out is too large.'],
  saml_logout_unsigned: [403, 'The identity provider did not sign its message about logging out.'],
  saml_logout_algorithm_refused: [
    403,
    'The signature uses an algorithm that is not accepted; choose RSA-SHA256 at the identity provider.',
  ],
  saml_logout_signature_invalid: [
    403,
    'The signature of the message about logging out does not verify with any certificate of this connection.',
  ],
  saml_logout_version_unsupported: [403, 'The message about logging out is not SAML 2.0.'],
  saml_logout_id_invalid: [400, 'The message about logging out has no usable ID.'],
  saml_logout_issuer_mismatch: [
    403,
    'The message about logging out was issued by another identity provider.',
  ],
  saml_logout_destination_mismatch: [403, 'The message about logging out was addressed to another URL.'],
  saml_logout_issue_instant_invalid: [403, 'The message about logging out was not issued just now.'],
  saml_logout_expired: [403, 'The request to log out has expired.'],
  saml_logout_encryption_refused: [
    403,
    'The request to log out names the person encrypted by an algorithm that is not accepted; choose AES-GCM and RSA-OAEP at the identity provider.',
  ],
  saml_logout_name_id_undecryptable: [
    403,
    'The person in the request to log out cannot be decrypted with the keys of this connection.',
  ],
  saml_logout_name_id_missing: [403, 'The request to log out does not name a person.'],
  saml_logout_replayed: [403, 'This request to log out has been used before.'],
  saml_logout_principal_unknown: [403, 'The request to log out names somebody who never signed in here.'],
  saml_logout_unsolicited: [403, 'The answer about logging out answers no request of this service.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type SamlLogoutRefusalCode = keyof typeof SAML_LOGOUT_REFUSALS;

/** A refused logout message. `reason` goes into the audit log only. */
export class SamlLogoutRefusal extends Problem {
  override readonly name = 'SamlLogoutRefusal';

  constructor(code: SamlLogoutRefusalCode, reason: string) {
    const [status, sentence] = SAML_LOGOUT_REFUSALS[code];
    super(status, code, sentence, { reason });
  }
}
