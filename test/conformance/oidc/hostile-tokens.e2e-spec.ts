import { createHash } from 'node:crypto';
import {
  judgeJwt,
  JwtRefused,
  type JwtContexts,
  type JwtKind,
  verifyJwt,
} from '../../../src/crypto/jwt-verifier';
import { VerificationKeys } from '../../../src/crypto/verification-keys';
import {
  commonClaimFaults,
  envelopeFaults,
  type HostileToken,
  hostileTokens,
  hostileWorld,
  idTokenClaimFaults,
  logoutClaimFaults,
  seeded,
} from '../../support/oidc-hostile-tokens';
import type { Claims } from '../../support/oidc-provider';
import { OidcScene } from '../../support/oidc-sign-in';
import { headerOf, signedToken, type TestKey } from '../../support/oidc-tokens';

const SEED = 20_260_725;
const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
const world = hostileWorld('s3cret');
const published = [world.rsa.publicJwk, world.ec.publicJwk];
const atHash = (token: string) =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

/** What a connection with everything switched on wants to hear. */
const strict = (): Claims => ({
  ...{ at_hash: atHash('at-1'), tid: TENANT, hd: 'acme.test', acr: 'mfa', azp: 'gatehouse-test' },
  ...{ auth_time: seconds() - 5, session_expiry: seconds() + 3600, nbf: seconds() - 5 },
});
const idClaims = (issuer: string, nonce: string): Claims => ({
  ...{ iss: issuer, aud: 'gatehouse-test', sub: 'subject-1', nonce, iat: seconds(), exp: seconds() + 300 },
  ...strict(),
});
const logoutClaims = (issuer: string): Claims => ({
  ...{ iss: issuer, aud: 'gatehouse-test', sub: 'subject-1', sid: 's-1', jti: 'j-1', iat: seconds() },
  ...{ exp: seconds() + 120, nbf: seconds() - 5 },
  events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
});

function hostileIdTokens(issuer: string, count: number): HostileToken[] {
  const named = ['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'nbf', 'nonce', 'tid', 'hd', 'acr', 'at_hash'];
  const mutations = [
    ...commonClaimFaults(issuer, 'gatehouse-test'),
    ...idTokenClaimFaults('gatehouse-test'),
    ...envelopeFaults(named),
  ];
  return hostileTokens(mutations, world, { count, seed: SEED });
}

function hostileLogoutTokens(issuer: string, count: number): HostileToken[] {
  const mutations = [
    ...commonClaimFaults(issuer, 'gatehouse-test'),
    ...logoutClaimFaults(),
    ...envelopeFaults(['iss', 'sub', 'sid', 'aud', 'exp', 'iat', 'nbf', 'jti', 'events']),
  ];
  return hostileTokens(mutations, world, { count, seed: SEED, typ: 'logout+jwt' });
}

/** Refused by both ways of asking, for the same first fault, by no other error. */
function expectRefused<K extends JwtKind>(
  kind: K,
  { name, make }: HostileToken,
  sound: Claims,
  context: JwtContexts[K],
): void {
  const token = make(sound);
  let fault: unknown = 'accepted';
  try {
    verifyJwt(kind, token, context);
  } catch (error) {
    fault = error instanceof JwtRefused ? error.fault : error;
  }
  const verdict = judgeJwt(kind, token, context);
  expect({ name, fault, claims: verdict.claims }).toEqual({
    ...{ name, fault: verdict.refusal?.fault, claims: undefined },
  });
  const failing = verdict.findings.find(({ ok }) => !ok);
  expect({ name, fault: failing?.fault }).toEqual({ name, fault });
}

/** RFC 8725; OpenID Connect Core 1.0 section 16; Back-Channel Logout 1.0 section 4. */
describe('Of hostile tokens', () => {
  const issuer = 'https://idp.acme.test';
  const context = () => ({
    keys: VerificationKeys.read({ keys: published })!,
    ...{ issuer, audience: 'gatehouse-test', now: new Date() },
  });
  const idContext = () => ({
    ...context(),
    ...{
      nonce: 'nonce',
      accessToken: 'at-1',
      tenantId: TENANT,
      hostedDomain: 'acme.test',
      acrValues: ['mfa'],
    },
    authenticatedSince: new Date(Date.now() - 300_000),
  });

  const untouched = (key: TestKey, typ?: string) =>
    signedToken(
      key,
      typ ? logoutClaims(issuer) : idClaims(issuer, 'nonce'),
      headerOf(key, typ ? { typ } : {}),
    );

  it('every one starts from a token that would be accepted', () => {
    for (const key of [world.rsa, world.ec]) {
      expect(verifyJwt('id_token', untouched(key), idContext()).sub).toBe('subject-1');
      expect(
        judgeJwt('id_token', untouched(key), idContext()).findings.map(({ id, ok }) => [id, ok]),
      ).toEqual(
        [
          ...['signature', 'sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'azp', 'nonce', 'at_hash'],
          ...['auth_time', 'acr', 'tid', 'hd', 'session_expiry'],
        ].map((id) => [id, true]),
      );
      expect(verifyJwt('logout_token', untouched(key, 'logout+jwt'), context()).jti).toBe('j-1');
    }
  });

  it('no ID token is accepted, of 600', () => {
    const tokens = hostileIdTokens(issuer, 600);
    expect(tokens).toHaveLength(600);
    for (const token of tokens) expectRefused('id_token', token, idClaims(issuer, 'nonce'), idContext());
  });

  it('no logout token is accepted, of 400', () => {
    const tokens = hostileLogoutTokens(issuer, 400);
    expect(tokens).toHaveLength(400);
    for (const token of tokens) expectRefused('logout_token', token, logoutClaims(issuer), context());
  });

  it('none is accepted as the other kind', () => {
    const id = { name: 'an ID token', make: () => untouched(world.rsa) };
    expectRefused('logout_token', id, {}, context());
    const both = { ...logoutClaims(issuer), ...idClaims(issuer, 'nonce') };
    const logout = {
      name: 'a logout token with all that an ID token has',
      make: () => signedToken(world.rsa, both, headerOf(world.rsa, { typ: 'logout+jwt' })),
    };
    expectRefused('id_token', logout, {}, idContext());
    expectRefused('logout_token', logout, {}, context());
  });
});

describe('Over HTTP', () => {
  let scene: OidcScene;
  beforeAll(async () => {
    scene = await OidcScene.start();
    const options = { maxAge: 300, acrValues: ['mfa'], acrRequired: true, hostedDomain: 'acme.test' };
    await scene.configure({ ...options, entraTenantId: TENANT });
  });
  afterAll(() => scene.close());
  beforeEach(() => {
    scene.idp.behave();
    scene.idp.keys = [world.rsa, world.ec];
  });

  /** What still fits into a request. */
  const sample = (tokens: HostileToken[], sound: Claims, size: number) => {
    const random = seeded(SEED + 1);
    const small = tokens.filter(({ make }) => {
      const token = make(sound);
      return typeof token !== 'string' || token.length < 40_000;
    });
    return Array.from({ length: size }, () => small[Math.floor(random() * small.length)]!);
  };

  it('hostile ID tokens let nobody in, and each leaves its code', async () => {
    const { issuer } = scene.idp;
    const tokens = sample(hostileIdTokens(issuer, 600), idClaims(issuer, 'n'), 40);
    const before = (await scene.app.auditEvents(scene.workspace.id, 'sso.login_failed')).length;
    for (const { name, make } of tokens) {
      const page = await scene.signIn({ idToken: ({ nonce }) => make(idClaims(issuer, String(nonce))) });
      const { status, code } = await scene.refusal(page);
      expect({ name, status }).toEqual({ name, status: 403 });
      expect(code).toMatch(/^(id_token_|oidc_answer_invalid)/);
    }
    const after = await scene.app.auditEvents(scene.workspace.id, 'sso.login_failed');
    expect(after.length - before).toBe(tokens.length);
    expect(await scene.app.sql('select 1 from identities')).toEqual([]);
  });

  it('hostile logout tokens end nothing, and each leaves its code', async () => {
    const { issuer } = scene.idp;
    const tokens = sample(hostileLogoutTokens(issuer, 400), logoutClaims(issuer), 40);
    for (const { name, make } of tokens) {
      const { status, body } = await scene.logOutThere(make(logoutClaims(issuer)));
      expect({ name, status }).toEqual({ name, status: 400 });
      expect((body as { code: string }).code).toMatch(/^logout_token_/);
    }
    const refused = await scene.app.auditEvents(scene.workspace.id, 'sso.logout_refused');
    expect(refused).toHaveLength(tokens.length);
    expect(await scene.app.auditEvents(scene.workspace.id, 'sso.logout_received')).toEqual([]);
  });
});
