import type { OpenAPIObject } from '@nestjs/swagger';
import { FAMILIES } from '../sso-connections/diagnosis/catalogue';

type Answer = { description: string };
type Refusals = Readonly<Record<number, readonly string[]>>;

const PROOF: Refusals = { 401: ['reauthentication_required'] };
const PLAN: Refusals = { 403: ['plan_required'] };
/** Of the codes of setting up, those that are not about what was sent. */
const LATER = [
  'metadata_expired',
  'metadata_entity_changed',
  'metadata_endpoint_moved',
  'metadata_busy',
  'nothing_to_refresh',
  'oidc_endpoint_moved',
];
const codesOf = (family: object): string[] => Object.keys(family).filter((code) => !LATER.includes(code));
/** What can be wrong with metadata of SAML, and with where it is. */
const METADATA = [...codesOf(FAMILIES['Setting up: SAML']), 'address_not_allowed'];
const isOfTransmitters = (code: string): boolean => code.startsWith('ssf_');
/** What can be wrong with an OpenID provider, as it describes itself. */
const PROVIDER = codesOf(FAMILIES['Setting up: OpenID Connect']).filter((code) => !isOfTransmitters(code));
/** And with a transmitter of security events. */
const TRANSMITTER = codesOf(FAMILIES['Setting up: OpenID Connect']).filter(isOfTransmitters);
const CONNECTION: Refusals = {
  400: [...METADATA, ...PROVIDER],
  ...PLAN,
  409: ['metadata_expired'],
  503: ['metadata_busy'],
};

/** What single calls are refused for, beside what their routes and every call may answer. */
const REFUSALS: Readonly<Record<string, Refusals>> = {
  'get /v1/audit-archives/{id}/download': { 409: ['archive_unavailable'] },
  'post /v1/audit-streams': { 400: ['address_not_allowed'], 409: ['too_many_streams'] },
  'patch /v1/audit-streams/{id}': { 400: ['address_not_allowed'] },
  'post /v1/audit-streams/{id}/rotate-secret': { 409: ['not_signed'] },
  'post /v1/audit-streams/{id}/resume': { 409: ['nothing_to_skip'] },

  'patch /v1/workspace/policy': PLAN,
  'post /v1/domains': {
    400: ['domain_invalid', 'domain_is_public_suffix', 'domain_is_free_mail'],
    409: ['domain_exists', 'domain_taken'],
    ...PLAN,
  },
  'post /v1/domains/{id}/verify': { 409: ['domain_not_verified', 'domain_taken'], ...PLAN },
  'delete /v1/domains/{id}': { 409: ['enforcement_depends_on_it'] },

  'post /v1/secrets': { 409: ['conflict'] },
  'put /v1/secrets/{id}': { 409: ['conflict'] },
  'patch /v1/secrets/{id}': { 409: ['conflict'] },
  'post /v1/secrets/{id}/reveal': {
    403: ['approval_required'],
    409: ['version_destroyed'],
    429: ['reveal_limit'],
  },
  'post /v1/secrets/{id}/reveal-requests': { 409: ['approval_not_required'] },
  'post /v1/secrets/reveal-requests/{id}/approve': { 403: ['own_request'], 409: ['request_closed'] },
  'post /v1/secrets/reveal-requests/{id}/reject': { 403: ['own_request'], 409: ['request_closed'] },
  'post /v1/secrets/{id}/versions/{version}/restore': { 409: ['version_destroyed'] },
  'delete /v1/secrets/{id}/versions/{version}': { 409: ['version_current', 'version_destroyed'] },

  'get /v1/members': { 400: ['invalid_filter'] },
  'get /v1/members/export': { 400: ['invalid_filter'] },
  'post /v1/members/bulk': { ...PROOF, 400: ['invalid_filter', 'invalid_cursor'] },
  'patch /v1/members/{id}': { ...PROOF, 403: ['role_above_own'], 409: ['break_glass_required'] },
  'delete /v1/members/{id}': { 409: ['break_glass_required'] },
  'post /v1/members/{id}/restore': { ...PROOF, 403: ['role_above_own'], 409: ['member_erased'] },
  'post /v1/members/{id}/erase': { 400: ['confirmation_mismatch'] },
  'delete /v1/members/{id}/access/override': { ...PROOF, 409: ['break_glass_required'] },
  'post /v1/invitations': { ...PROOF, 403: ['role_above_own'] },
  'post /v1/invitations/{id}/resend': { ...PROOF, 403: ['role_above_own'] },
  'post /v1/invitations/accept': { 400: ['password_too_long', 'two_credentials'], 409: ['busy'] },
  'put /v1/role-mappings': { ...PROOF, 409: ['break_glass_required'] },
  'post /v1/role-mappings/preview': { ...PROOF, 403: ['role_above_own'] },
  'post /v1/scim/tokens': PLAN,
  'post /v1/scim/clients': PLAN,
  'post /v1/scim/holds/{id}/approve': { 409: ['hold_decided'] },

  'patch /v1/api-keys/{id}': { ...PROOF, 409: ['api_key_revoked', 'api_key_rotated', 'api_key_expired'] },
  'post /v1/api-keys/{id}/rotate': { 409: ['api_key_revoked', 'api_key_rotated', 'api_key_expired'] },
  'post /v1/api-keys/{id}/adopt': { 409: ['creator_present', 'api_key_revoked'] },
  'post /v1/api-keys/leaks': { 401: ['invalid_signature'], 404: ['not_found'] },

  'post /v1/sso/metadata/inspect': { 400: [...METADATA, ...PROVIDER], 503: ['metadata_busy'] },
  'post /v1/sso/connections': CONNECTION,
  'patch /v1/sso/connections/{id}': {
    ...CONNECTION,
    400: [...CONNECTION[400]!, 'nothing_to_change'],
    409: [...CONNECTION[409]!, 'connection_changed'],
  },
  'delete /v1/sso/connections/{id}': { 409: ['enforcement_depends_on_it'] },
  'post /v1/sso/connections/{id}/activate': { 409: ['connection_incomplete', 'test_required'], ...PLAN },
  'post /v1/sso/connections/{id}/test': { 409: ['connection_incomplete'] },
  'post /v1/sso/connections/{id}/disable': { 409: ['connection_is_draft', 'enforcement_depends_on_it'] },
  'post /v1/sso/connections/{id}/refresh': {
    400: METADATA,
    409: ['connection_incomplete', 'connection_changed', 'refresh_taken_back'],
    503: ['metadata_busy'],
  },
  'post /v1/sso/connections/{id}/revisions/{number}/restore': { 409: ['revision_incomplete'] },
  'post /v1/sso/connections/{id}/keys': { 409: ['key_already_published'] },
  'post /v1/sso/connections/{id}/keys/{keyId}/activate': { 409: ['key_not_published'] },
  'delete /v1/sso/connections/{id}/keys/{keyId}': { 409: ['key_is_active'] },
  'put /v1/sso/connections/{id}/signals': { 400: TRANSMITTER },
  'post /v1/sso/conflicts/{id}/resolve': PROOF,

  'post /v1/auth/factors': { 503: ['sms_not_sent'] },
  'post /v1/auth/factors/{id}/confirm': PROOF,
  'post /v1/auth/factors/{id}/send': { 503: ['sms_not_sent'] },
  'post /v1/auth/mfa/enroll': { 503: ['sms_not_sent'] },
  'post /v1/auth/mfa/options': { 404: ['not_found'] },
  'post /v1/auth/mfa/send': { 404: ['not_found'], 503: ['sms_not_sent'] },
  'post /v1/auth/mfa/verify': { 409: ['factor_exists'] },
  'post /v1/auth/token': { 403: ['member_removed'] },
  'post /v1/auth/reauthenticate/options': { 404: ['not_found'] },
  'post /v1/auth/reauthenticate/send': { 404: ['not_found'] },
  'post /v1/auth/logout': { 400: ['redirect_uri_not_allowed'] },
  'post /v1/auth/refresh': { 403: ['member_removed', 'mfa_required'] },
  'post /v1/auth/switch': { 403: ['mfa_required'], 404: ['not_found'], 409: ['already_in_workspace'] },
};

/** Says it of each. Throws for a call that is not there any more. */
export function withRouteProblems(document: OpenAPIObject): OpenAPIObject {
  for (const [call, refusals] of Object.entries(REFUSALS)) {
    const [method, path] = call.split(' ') as [string, string];
    const item = document.paths[path] as Readonly<Record<string, { responses: Record<string, Answer> }>>;
    const { responses } = item?.[method] ?? {};
    if (!responses) throw new Error(`There is no such call: ${call}`);
    for (const [status, codes] of Object.entries(refusals)) {
      const said = responses[status]?.description;
      const words = codes.map((code) => `\`${code}\``).join(', ');
      responses[status] = { ...responses[status], description: said ? `${said}; ${words}` : words };
    }
  }
  return document;
}
