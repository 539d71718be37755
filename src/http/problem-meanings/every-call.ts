import type { ProblemMeaning } from './problem-meaning';

const REPORT = 'Look for the request id (`instance`, `x-request-id`) in the log of the service.';

/** What any call may answer. */
export const EVERY_CALL = {
  unauthorized: {
    when: 'The call needs a credential and has none, or one of another scheme than `Bearer`.',
    act: 'Send `Authorization: Bearer`, `x-api-key`, or the cookie of a sign-in.',
  },
  invalid_token: {
    when: 'The credential is wrong, expired or revoked, or its session, key or member is gone.',
    act: 'Renew it with the refresh token, or sign in again; make another key if it was one.',
  },
  two_credentials: {
    when: '`Authorization` and `x-api-key` came together, or several `Authorization`.',
    act: 'Send one of them.',
  },
  forbidden: {
    when: 'The role of the caller lacks the permission, or the call is not for this kind of caller.',
    act: '`detail` names the permission: ask an admin for a role that has it.',
  },
  insufficient_scope: {
    when: 'The API key, SCIM token or SCIM client lacks the scope, or opens other routes only.',
    act: '`detail` names the scope: use a credential that has it.',
  },
  reauthentication_required: {
    when: '401: too long ago that the person proved who they are, for something that cannot be undone or opens a way in. 403: this session cannot be taken along into another workspace.',
    act: '401: `POST /v1/auth/reauthenticate`, then the same call again. 403: sign in to the other workspace.',
  },
  foreign_origin: {
    when: 'A cookie came with a change or a form that was not sent from a page of this service.',
    act: 'Call with a token instead of the cookie, or use the page.',
  },
  not_found: {
    when: 'There is no such thing or address, or it belongs to another workspace.',
    act: 'Check the id and the workspace of the credential.',
  },
  validation_failed: {
    when: 'Fields are missing, unknown or of a wrong form.',
    act: '`errors` names each field and what is wrong with it.',
  },
  method_not_allowed: {
    when: 'The address is known, but takes no request of this method.',
    act: 'Use one of those in the header `Allow`.',
  },
  malformed_json: { when: 'The body is not JSON.', act: 'Send JSON, as UTF-8.' },
  repeated_field: { when: 'An object of the body has the same field twice.', act: 'Send each once.' },
  too_many_fields: {
    when: 'An object of the body, or a form, has more than 1,000 fields, or a list more than 10,000 items (of directories: as many as it likes).',
    act: 'Send what the call says.',
  },
  nested_too_deeply: {
    when: 'The body has more objects and lists in one another than any call takes.',
    act: 'Send what the call says.',
  },
  bad_request: {
    when: 'The request cannot be read as HTTP says.',
    act: 'Compare it with the OpenAPI document.',
  },
  payload_too_large: { when: 'The body is larger than the call accepts.', act: 'Send less at once.' },
  unsupported_media_type: {
    when: 'The content type is none that the call reads, or the body is compressed.',
    act: 'Send `content-type: application/json`, or what the call says, and no `content-encoding`.',
  },
  invalid_cursor: {
    when: 'The cursor did not come from a page of this list, or the order was changed in between.',
    act: 'Begin again without a cursor.',
  },
  conflict: {
    when: 'Something with this value exists already.',
    act: 'Choose another, or change what exists.',
  },
  busy: {
    when: '409: somebody changes the same thing at this moment. 503: the service has more to do than it can.',
    act: 'Wait for `Retry-After`, then try again.',
  },
  idempotency_key_invalid: {
    when: 'The header `Idempotency-Key` is empty, longer than 255 characters, or has others than visible ASCII.',
    act: 'Send one text, such as a UUID. See [idempotency.md](idempotency.md).',
  },
  idempotency_key_reused: {
    when: 'Another request was made under this `Idempotency-Key` within a day.',
    act: 'Take a new key for each request; send the same key only with the very same request.',
  },
  request_in_progress: {
    when: 'The same request, under the same `Idempotency-Key`, is being worked on.',
    act: 'Wait for `Retry-After`, then send it again.',
  },
  answer_not_kept: {
    when: 'The request under this `Idempotency-Key` was done, at least in part, and its answer is lost: the service stopped right then, the answer was too large, or somebody was erased meanwhile.',
    act: 'Look at what is there, and in the audit log for the request id that `detail` names. It is not done again under this key.',
  },
  rate_limited: {
    when: 'Too many calls, or too many failed guesses.',
    act: 'Wait for `Retry-After`. See [rate-limits.md](rate-limits.md).',
  },
  internal_error: { when: 'Something went wrong in the service.', act: REPORT },
  database_unreachable: {
    when: 'The database does not answer, can only be read, or has no room for this.',
    act: 'Send it again after `Retry-After`. Where `GET /health/ready` says so, send this instance no requests until it is ready.',
  },
} as const satisfies Record<string, ProblemMeaning>;
