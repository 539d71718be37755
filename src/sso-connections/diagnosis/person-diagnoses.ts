import type { Diagnosis } from './diagnosis';

/** The identity provider was believed; whom it spoke of could not be let in. */
export const PERSON_DIAGNOSES = {
  subject_invalid: {
    owner: 'idp_admin',
    title: 'The person has no usable name there',
    explanation: 'The subject (NameID or sub) is empty or longer than 1,024 bytes.',
    hint: 'Send a short identifier that never changes, such as the object id or the email address.',
    place: 'name_id',
  },
  email_missing: {
    owner: 'idp_admin',
    title: 'No email address was sent',
    explanation:
      'Somebody signed in for the first time, and neither an attribute nor the NameID holds an address that can be used: before the @ there are letters of ASCII, digits and a few signs only.',
    hint: 'Send the address as attribute "email", or as the one that this connection maps to it; or map the one that holds it.',
    place: 'attributes',
  },
  email_invalid: {
    owner: 'idp_admin',
    title: 'The email address is none',
    explanation: 'What is mapped to the email address is not one, for example a user name.',
    hint: 'Send the mail address of the person, or map another attribute to email in this connection.',
    place: 'attributes',
  },
  email_domain_not_verified: {
    owner: 'workspace_admin',
    title: 'The domain of the address is not yours yet',
    explanation: 'An identity provider speaks only for addresses of domains that the workspace has proved.',
    hint: 'Verify the domain under Domains, or sign in with an address of a verified one.',
  },
  jit_disabled: {
    owner: 'workspace_admin',
    title: 'The person is no member',
    explanation: 'The workspace makes no members of people who sign in for the first time.',
    hint: 'Invite the person, provision them by SCIM, or turn just-in-time provisioning on in the policy.',
  },
  jit_domain_not_allowed: {
    owner: 'workspace_admin',
    title: 'People of this domain do not become members by signing in',
    explanation:
      'The policy of the workspace lists the domains of newcomers, and this one is not among them.',
    hint: 'Add the domain to those whose people may come in so (Settings, Single sign-on; sso.jit.allowedDomains of the policy), or invite the person.',
  },
  jit_no_mapping: {
    owner: 'workspace_admin',
    title: 'No role mapping matches the person',
    explanation: 'The policy of the workspace lets only those in to whom a role mapping gives a role.',
    hint: 'Compare the groups that were sent with the role mappings, or have the person added to a mapped group.',
    place: 'attributes',
  },
  account_conflict: {
    owner: 'workspace_admin',
    title: 'The address is a member’s, and its domain is not yours',
    explanation:
      'A provider does not speak for addresses of domains that the workspace has not proved, so nothing was linked.',
    hint: 'The person can prove the account on the page they were shown; or decide under Conflicts, or verify the domain.',
  },
  member_removed: {
    owner: 'workspace_admin',
    title: 'The person was removed',
    explanation: 'Somebody who was removed from the workspace does not come back by signing in.',
    hint: 'Restore the member if they are to come back.',
  },
  authentication_too_old: {
    owner: 'idp_admin',
    title: 'The provider did not ask again who it is',
    explanation:
      'Something sensitive wanted a recent sign-in. The provider was told to ask (ForceAuthn, or max_age with prompt=login) and answered from an older session.',
    hint: 'Let the provider honour ForceAuthn or max_age for this application, and send AuthnInstant or auth_time as it was.',
    place: 'session',
  },
  provider_session_ended: {
    owner: 'workspace_admin',
    title: 'The provider ended the session while the person was signing in',
    explanation:
      'A logout or a revocation came before the sign-in did, and what the provider had said of the person was from before that.',
    hint: 'Nothing is wrong if the person was signed out there; they sign in again.',
  },
  member_conflict: {
    owner: 'workspace_admin',
    title: 'Another member has this address as user name',
    explanation: 'The address is taken in this workspace by somebody else.',
    hint: 'Compare the two under Members, and correct the user name that the directory gave one of them.',
  },
  sso_required: {
    owner: 'workspace_admin',
    title: 'The workspace refuses passwords',
    explanation: 'Somebody tried a password where only the identity provider may let people in.',
    hint: 'Sign in through the identity provider, or as a break-glass admin.',
  },
} as const satisfies Record<string, Diagnosis>;
