import type { ProblemMeaning } from './problem-meaning';

/** What directories do, and what SCIM (RFC 7644 section 3.12) and OAuth (RFC 6749 section 5.2) say of it. */
export const DIRECTORIES = {
  mass_change_held: {
    when: 'Too many members would be deactivated at once. Nothing was changed.',
    act: 'An admin approves or rejects it in `/v1/scim/holds`; the directory tries again after `Retry-After`.',
  },
  deactivation_rejected: {
    when: 'An admin decided that this member stays active. Nothing was changed.',
    act: 'Correct the assignment in the directory, or ask the admin.',
  },
  hold_decided: { when: 'These deactivations are decided or over.', act: 'Read the hold again.' },
  hold_grown: {
    when: 'On the page of directories: more deactivations wait by now than the page showed to whoever approves them.',
    act: 'Look at who they are, and decide again.',
  },
  no_directory: {
    when: 'The directory was to be switched off, and there is none.',
    act: 'Nothing has to be done.',
  },
  undone_already: { when: 'The switching off was undone before.', act: 'Nothing has to be done.' },
  undo_expired: {
    when: 'The directory was switched off more than seven days ago.',
    act: 'Restore members one by one, and make new credentials.',
  },
  scim_token_ended: { when: 'The SCIM token is revoked or expired.', act: 'Make a new one.' },
  invalid_client: {
    when: 'The client of `POST /oauth/token` is unknown, expired or revoked, or its secret is wrong.',
    act: 'Enter client id and secret anew, or make new ones.',
  },
  invalid_request: {
    when: 'The request for a token is no form, lacks a field or has one twice, or names the client in two ways.',
    act: '`error_description` says which.',
  },
  invalid_scope: {
    when: 'A scope is asked for that there is not, or that the client does not have.',
    act: '`error_description` names those that can be asked for.',
  },
  unsupported_grant_type: {
    when: 'Another grant than `client_credentials` was asked for.',
    act: 'Send `grant_type=client_credentials`.',
  },
  unsupported_token_type: {
    when: '`POST /v1/auth/revoke` got a token that is not revoked there.',
    act: 'Send an access token, a refresh token or an API key.',
  },
  invalid_filter: {
    when: 'A filter, of SCIM or of the list of members, cannot be read, or asks for what cannot be filtered by.',
    act: '`detail` names the place.',
  },
  invalid_syntax: {
    when: 'The body is no SCIM message.',
    act: 'Compare it with RFC 7644; `detail` says what is wrong.',
  },
  invalid_path: {
    when: 'A PATCH names an attribute that is not there.',
    act: 'Correct or remove the mapping.',
  },
  invalid_value: {
    when: 'A value is missing, too long or of another type.',
    act: 'Correct the attribute that `detail` names.',
  },
  invalid_count: { when: '`count` is no whole number above 0 where a cursor pages.', act: 'Send 1 or more.' },
  expired_cursor: { when: 'The cursor of a SCIM list is too old.', act: 'Begin again with an empty one.' },
  too_many: {
    when: 'The groups that are asked for have more members (200,000) than one answer holds; or the filters and lists of a PATCH take more than a million comparisons.',
    act: 'Ask with `excludedAttributes=members`; `GET /scim/v2/Users` lists the groups of each user. Name members by their ids; send fewer operations at once.',
  },
  no_target: {
    when: 'A PATCH selects nothing that could be changed.',
    act: 'Correct the path or its filter.',
  },
  mutability: { when: 'Something is changed that the server alone writes.', act: 'Remove the mapping.' },
  uniqueness: {
    when: 'Another user or group, perhaps an inactive one, has this value.',
    act: 'Find it and match with it instead of creating one.',
  },
  scim_error: {
    when: 'A refusal of SCIM without a `scimType`: 403 cannot be filtered, 409 a circle or hole in a bulk request, 412 `If-Match` names another version, 413 too many operations, 501 there is no `/Me`.',
    act: '`detail` says what to change.',
  },
} as const satisfies Record<string, ProblemMeaning>;
