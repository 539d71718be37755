import type { Claims } from './oidc-provider';

/** What a vendor's ID token holds, beyond what every ID token holds, and what has to be read from it. */
export interface VendorToken {
  readonly vendor: string;
  readonly issuer: string;
  readonly header?: Record<string, unknown>;
  readonly claims: Claims;
  readonly settings?: { readonly entraTenantId?: string; readonly hostedDomain?: string };
  /** The claim that holds groups, where it is not `groups`. */
  readonly groupsClaim?: string;
  readonly profile: Record<string, unknown>;
}

const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
const GROUP = '11111111-2222-4333-8444-555555555555';

export const VENDOR_TOKENS: readonly VendorToken[] = [
  {
    vendor: 'Okta, custom authorization server',
    issuer: 'https://acme.okta.com/oauth2/default',
    claims: {
      ...{ sub: '00u1abcd2efGHIJKL3m4', ver: 1, jti: 'ID.abc', amr: ['pwd', 'mfa'], idp: '00o1xyz' },
      ...{ name: 'Ada Byron', email: 'ada@acme.test', preferred_username: 'ada@acme.test' },
      ...{ email_verified: true, groups: ['Everyone', 'Engineering'], auth_time: 1_893_499_000 },
    },
    profile: { email: 'ada@acme.test', groups: ['Everyone', 'Engineering'], amr: ['pwd', 'mfa'] },
  },
  {
    vendor: 'Entra, one tenant',
    issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    header: { typ: 'JWT', x5t: 'Q29sZCBmdXNpb24' },
    settings: { entraTenantId: TENANT },
    claims: {
      ...{ sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ', tid: TENANT, oid: GROUP, ver: '2.0' },
      ...{ rh: '0.Ab', uti: 'abc', name: 'Ada Byron', preferred_username: 'ada@acme.test' },
      ...{ email: 'ada@acme.test', groups: [GROUP], sid: '008f-1' },
    },
    profile: { email: 'ada@acme.test', groups: [GROUP], sessionIndex: '008f-1' },
  },
  {
    vendor: 'Entra, one issuer for all tenants, too many groups',
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    header: { typ: 'JWT' },
    settings: { entraTenantId: TENANT },
    claims: {
      ...{ iss: `https://login.microsoftonline.com/${TENANT}/v2.0`, sub: 'AAAA', tid: TENANT, ver: '2.0' },
      ...{ email: 'ada@acme.test', xms_edov: true, _claim_names: { groups: 'src1' } },
      _claim_sources: { src1: { endpoint: 'https://graph.microsoft.com/v1.0/users/1/getMemberObjects' } },
    },
    profile: { email: 'ada@acme.test', groupsOverage: true },
  },
  {
    vendor: 'Google',
    issuer: 'https://accounts.google.com',
    header: { typ: 'JWT' },
    settings: { hostedDomain: 'acme.test' },
    claims: {
      ...{ azp: 'client-1', sub: '110169484474386276334', hd: 'acme.test', email: 'ada@acme.test' },
      ...{ email_verified: true, name: 'Ada Byron', given_name: 'Ada', family_name: 'Byron', locale: 'en' },
    },
    profile: { email: 'ada@acme.test', givenName: 'Ada', familyName: 'Byron' },
  },
  {
    vendor: 'Google, older spelling',
    issuer: 'https://accounts.google.com',
    settings: { hostedDomain: 'acme.test' },
    claims: { iss: 'accounts.google.com', sub: '1101', hd: 'acme.test', email: 'ada@acme.test' },
    profile: { email: 'ada@acme.test' },
  },
  {
    vendor: 'JumpCloud, with one group as a text',
    issuer: 'https://oauth.id.jumpcloud.com/',
    claims: {
      ...{ sub: '64b0c1', rat: 1_893_499_200, sid: 'a-1', aud: ['client-1'], at_hash: undefined },
      ...{ email: 'ada@acme.test', email_verified: true, memberOf: 'Engineering' },
    },
    groupsClaim: 'memberOf',
    profile: { groups: ['Engineering'], sessionIndex: 'a-1' },
  },
  {
    vendor: 'OneLogin',
    issuer: 'https://acme.onelogin.com/oidc/2',
    claims: {
      sub: '38214',
      email: 'ada@acme.test',
      preferred_username: 'ada',
      groups: ['Engineering', 'Admin'],
    },
    profile: { email: 'ada@acme.test', groups: ['Engineering', 'Admin'] },
  },
  {
    vendor: 'PingOne',
    issuer: 'https://auth.pingone.com/4d8e/as',
    claims: {
      ...{ sub: '5b1c', 'p1.userId': '5b1c', env: '4d8e', org: '9f2a', acr: 'Multi_Factor', amr: ['pwd'] },
      ...{ auth_time: 1_893_499_100, sid: 'p-1', email: 'ada@acme.test', 'p1.groups': ['Engineering'] },
    },
    groupsClaim: 'p1.groups',
    profile: { acr: 'Multi_Factor', groups: ['Engineering'], sessionIndex: 'p-1' },
  },
  {
    vendor: 'Auth0',
    issuer: 'https://acme.eu.auth0.com/',
    header: { typ: 'JWT' },
    claims: {
      ...{ sub: 'auth0|64b0', sid: 'HWzSI', nickname: 'ada', updated_at: '2030-01-01T00:00:00.000Z' },
      ...{ email: 'ada@acme.test', email_verified: true, 'https://acme.test/groups': ['Engineering'] },
    },
    groupsClaim: 'https://acme.test/groups',
    profile: { groups: ['Engineering'], sessionIndex: 'HWzSI' },
  },
  {
    vendor: 'Keycloak',
    issuer: 'https://sso.acme.test/realms/acme',
    header: { typ: 'JWT' },
    claims: {
      ...{ sub: '3f0c7d54-6f0e-4d53-9a3c-0f6a2f7f6f11', typ: 'ID', azp: 'client-1', acr: '1', jti: 'k-1' },
      ...{ session_state: 'k-s', sid: 'k-s', auth_time: 1_893_499_100, email_verified: true },
      ...{ email: 'ada@acme.test', preferred_username: 'ada', groups: ['/eng/core'] },
    },
    profile: { acr: '1', groups: ['/eng/core'], sessionIndex: 'k-s' },
  },
];
