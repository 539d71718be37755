import type { Diagnosis } from './diagnosis';

/** Refusals of messages about logging out: of the identity provider's requests, and of its answers to ours. */
export const LOGOUT_DIAGNOSES = {
  saml_logout_missing: {
    owner: 'idp_admin',
    title: 'No message about logging out came',
    explanation:
      'The browser came to the logout URL with neither a SAMLRequest nor a SAMLResponse, or with both.',
    hint: 'Enter {sloUrl} as logout URL only, and let the identity provider use HTTP-Redirect or HTTP-POST.',
    place: 'logout',
  },
  saml_logout_malformed: {
    owner: 'idp_admin',
    title: 'The message about logging out cannot be read',
    explanation:
      'It is not the deflated or Base64 form of a LogoutRequest or LogoutResponse, or its XML holds what no identity provider writes.',
    hint: 'Compare with what the identity provider sent. If it did not send this, something on the way changed it, or somebody tried to end a session.',
    place: 'logout',
  },
  saml_logout_too_large: {
    owner: 'idp_admin',
    title: 'The message about logging out is too large',
    explanation:
      'A message about logging out names one person and a few sessions; this one is larger than any.',
    hint: 'Compare with what the identity provider sent. If it did not send this, somebody tried something.',
    place: 'logout',
  },
  saml_logout_unsigned: {
    owner: 'idp_admin',
    title: 'The message about logging out is not signed',
    explanation: 'Anybody could end sessions by unsigned messages, so nothing ended.',
    hint: 'Let the identity provider sign its logout requests and responses.',
    place: 'logout',
  },
  saml_logout_algorithm_refused: {
    owner: 'idp_admin',
    title: 'The message about logging out is signed by a weak algorithm',
    explanation: 'The signature is made with SHA-1 or another algorithm that is not accepted.',
    hint: 'Choose RSA-SHA256 for the signatures.',
    place: 'signing',
  },
  saml_logout_signature_invalid: {
    owner: 'workspace_admin',
    title: 'The signature of the message about logging out does not verify',
    explanation:
      'It was signed with a key whose certificate this connection does not know, or was changed on its way.',
    hint: 'Read the metadata of the identity provider again, or add its signing certificate of today to the connection.',
    place: 'certificate',
  },
  saml_logout_version_unsupported: {
    owner: 'idp_admin',
    title: 'The message about logging out is not SAML 2.0',
    explanation: 'Another version stands in the message.',
    hint: 'Use SAML 2.0 for this application.',
    place: 'logout',
  },
  saml_logout_id_invalid: {
    owner: 'idp_admin',
    title: 'The message about logging out has no usable ID',
    explanation:
      'Without an ID of letters, digits and a few signs nobody can tell whether it was used before.',
    hint: 'Compare with what the identity provider sent; every message of SAML needs an ID of its own.',
    place: 'logout',
  },
  saml_logout_issuer_mismatch: {
    owner: 'workspace_admin',
    title: 'The message about logging out was issued by somebody else',
    explanation: 'Its Issuer is not the entity ID of the identity provider of this connection.',
    hint: 'Compare the two; read the metadata again if the identity provider was given another entity ID.',
    place: 'idp_entity_id',
  },
  saml_logout_destination_mismatch: {
    owner: 'idp_admin',
    title: 'The message about logging out was addressed to another URL',
    explanation:
      'Its Destination is not the logout URL of this connection, so it was written for somebody else.',
    hint: 'Enter {sloUrl} as logout URL, character by character.',
    place: 'logout',
  },
  saml_logout_issue_instant_invalid: {
    owner: 'idp_admin',
    title: 'The message about logging out was not issued just now',
    explanation: 'Its time of issue is missing, more than ten minutes past or in the future.',
    hint: 'Set the clocks of both servers by NTP.',
    place: 'clock',
  },
  saml_logout_expired: {
    owner: 'idp_admin',
    title: 'The request to log out has expired',
    explanation: 'The time until which it may be used (NotOnOrAfter) is past.',
    hint: 'Set the clocks of both servers by NTP, or let logout requests last a few minutes.',
    place: 'clock',
  },
  saml_logout_name_id_undecryptable: {
    owner: 'idp_admin',
    title: 'The person in the request to log out cannot be decrypted',
    explanation:
      'The EncryptedID was made for a certificate that is not, or no longer, one of this connection, or holds no NameID.',
    hint: 'Give the identity provider the certificate of today, from {metadataUrl}, or turn encryption of the NameID off.',
    place: 'encryption',
  },
  saml_logout_encryption_refused: {
    owner: 'idp_admin',
    title: 'The person in the request to log out is encrypted by a weak algorithm',
    explanation:
      'The EncryptedID uses CBC, RSA 1.5 or another algorithm that is not accepted, or an unusual form.',
    hint: 'Choose AES-GCM and RSA-OAEP; or allow weak encryption in this connection if the product has nothing better.',
    place: 'encryption',
  },
  saml_logout_name_id_missing: {
    owner: 'idp_admin',
    title: 'The request to log out names nobody',
    explanation: 'It holds no NameID, or more than one.',
    hint: 'Send the same NameID in the request to log out as in the assertion.',
    place: 'name_id',
  },
  saml_logout_replayed: {
    owner: 'idp_admin',
    title: 'The request to log out was used before',
    explanation: 'A request counts once; the same ID came a second time, by a reload for example.',
    hint: 'Nothing, if it was a reload. Otherwise see to it that every request has an ID of its own.',
    place: 'logout',
  },
  saml_logout_principal_unknown: {
    owner: 'idp_admin',
    title: 'The request to log out names somebody who never signed in here',
    explanation: 'Nobody signed in through this connection under that NameID.',
    hint: 'Send the same NameID, in the same format, in the request to log out as in the assertion.',
    place: 'name_id',
  },
  saml_logout_unsolicited: {
    owner: 'idp_admin',
    title: 'The answer about logging out answers no request',
    explanation: 'It names no request of this service (InResponseTo).',
    hint: 'Enter {sloUrl} as logout URL, and let logging out start there by a LogoutRequest, not by an answer.',
    place: 'logout',
  },
  logout_request_unknown: {
    owner: 'idp_admin',
    title: 'The answer belongs to no logout of ours',
    explanation: 'No logout that was started here and is still known has the ID that the answer names.',
    hint: 'Nothing has to be done: the session here ended before the browser left.',
    place: 'logout',
  },
  logout_request_expired: {
    owner: 'idp_admin',
    title: 'Logging out took too long',
    explanation: 'The answer of the identity provider came too long after the request.',
    hint: 'Nothing has to be done: the session here ended before the browser left. Look at the steps there if it stays so.',
    place: 'logout',
  },
  logout_request_replayed: {
    owner: 'workspace_admin',
    title: 'The logout had been finished before',
    explanation: 'The same answer was sent a second time, by a reload of the page or the Back button.',
    hint: 'Nothing has to be done: an answer counts once.',
  },
} as const satisfies Record<string, Diagnosis>;
