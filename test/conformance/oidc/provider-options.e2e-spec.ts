import { randomUUID } from 'node:crypto';
import { Browser } from '../../support/browser';
import { type Claims, json, type OidcTestProvider } from '../../support/oidc-provider';
import { APPLICATION, OidcScene } from '../../support/oidc-sign-in';
import { signedToken, testKey } from '../../support/oidc-tokens';

const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
const OTHER_TENANT = 'bbbbbbbb-0000-4000-8000-000000000002';
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';
const seconds = () => Math.floor(Date.now() / 1000);

/** What an administrator may ask of a provider, and what then has to come back. */
describe('A connection that asks for more', () => {
  let scene: OidcScene;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());
  beforeEach(() => scene.idp.behave());

  const withClaims = (changes: Claims) => ({ claims: (claims: Claims) => ({ ...claims, ...changes }) });
  const outcome = async (by: OidcScene, changes: Claims) => {
    const page = await by.signIn(withClaims(changes));
    return page.status === 303 ? 'in' : (await by.refusal(page)).code;
  };

  it('sends max_age, prompt, acr_values, hd and login_hint along', async () => {
    const asking = await scene.another();
    await asking.configure({
      maxAge: 300,
      prompt: 'select_account',
      acrValues: ['mfa', 'pwd'],
      hostedDomain: 'Acme.test',
    });
    await asking.open(
      new Browser(),
      asking.url('login', { redirectUri: APPLICATION, loginHint: 'ada@acme.test' }),
    );
    expect(Object.fromEntries(scene.idp.asked)).toMatchObject({
      ...{ max_age: '300', prompt: 'select_account', acr_values: 'mfa pwd', hd: 'acme.test' },
      login_hint: 'ada@acme.test',
    });
  });

  it('with a max_age holds the provider to it', async () => {
    const recent = await scene.another();
    await recent.configure({ maxAge: 300 });
    expect(await outcome(recent, { auth_time: seconds() - 290 })).toBe('in');
    expect(await outcome(recent, { auth_time: seconds() - 400 })).toBe('id_token_auth_time_too_old');
    expect(await outcome(recent, { auth_time: undefined })).toBe('id_token_auth_time_missing');
    expect(await outcome(recent, { auth_time: 'now' })).toBe('id_token_claim_invalid');
    await recent.configure({ maxAge: null });
    expect(await outcome(recent, { auth_time: seconds() - 40_000 })).toBe('in');
  });

  it('with acr_values takes another way of signing in, unless they are required', async () => {
    const strong = await scene.another();
    await strong.configure({ acrValues: ['mfa', 'hwk'] });
    expect(await outcome(strong, { acr: 'pwd' })).toBe('in');
    await strong.configure({ acrRequired: true });
    expect(await outcome(strong, { acr: 'hwk' })).toBe('in');
    expect(await outcome(strong, { acr: 'pwd' })).toBe('id_token_acr_mismatch');
    expect(await outcome(strong, { acr: undefined })).toBe('id_token_acr_mismatch');
    expect(await outcome(strong, { acr: ['hwk'] })).toBe('id_token_acr_mismatch');
  });

  it('remembers how and when the person signed in, and ends no later than the session there', async () => {
    const authTime = seconds() - 60;
    const ends = seconds() + 600;
    const page = await scene.signIn(
      withClaims({ auth_time: authTime, amr: ['pwd', 'otp'], acr: 'mfa', sid: 's-9', session_expiry: ends }),
    );
    const code = page.url.searchParams.get('code');
    await scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    const [session] = await scene.app.sql(
      `select amr, acr, idp_session_id, extract(epoch from authenticated_at)::int as authenticated,
              extract(epoch from expires_at)::int as expires
         from sessions where workspace_id = $1 and method = 'oidc' order by created_at desc limit 1`,
      [scene.workspace.id],
    );
    expect(session).toEqual({
      ...{ amr: ['pwd', 'otp'], acr: 'mfa', idp_session_id: 's-9' },
      ...{ authenticated: authTime, expires: ends },
    });
  });

  it('lets nobody in whose session there is over, or ends nobody knows when', async () => {
    expect(await outcome(scene, { session_expiry: seconds() - 1 })).toBe('id_token_session_over');
    expect(await outcome(scene, { session_expiry: 'soon' })).toBe('id_token_claim_invalid');
  });

  it('notices an ID token that came with another access token', async () => {
    expect(await outcome(scene, { at_hash: 'nonsense' })).toBe('id_token_at_hash_mismatch');
    // SHA-256 of "at-1", left half.
    expect(await outcome(scene, { at_hash: 'R8PYaIQdcYEdkSc9TeGyiQ' })).toBe('in');
  });

  it('needs whole sets of endpoints, and the secret for a new token endpoint', async () => {
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    const patch = (oidc: object) => admin.patch(`/v1/sso/connections/${scene.connectionId}`).send({ oidc });
    const moved = await patch({ tokenEndpoint: 'http://127.0.0.1:1/token' }).expect(400);
    expect(moved.body).toMatchObject({ code: 'client_secret_required' });
    const wrong = await patch({ jwksUri: 'file:///etc/passwd' }).expect(400);
    expect(wrong.body).toMatchObject({ code: 'oidc_endpoint_invalid', errors: [{ field: 'oidc.jwksUri' }] });
    for (const oidc of [{ maxAge: -1 }, { prompt: 'none' }, { acrValues: ['a b'] }, { hostedDomain: 'acme' }])
      expect((await patch(oidc).expect(400)).body).toMatchObject({ code: 'validation_failed' });
  });

  it('may be told the endpoints instead of discovering them', async () => {
    const { issuer, clientId, clientSecret } = scene.idp;
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    const created = await admin
      .post('/v1/sso/connections')
      .send({
        ...{ type: 'oidc', name: 'By hand', provider: 'generic' },
        oidc: {
          ...{ issuer, clientId, clientSecret, tokenEndpointAuthMethod: 'client_secret_post' },
          authorizationEndpoint: `${issuer}/authorize`,
          tokenEndpoint: `${issuer}/token`,
          jwksUri: `${issuer}/jwks`,
        },
      })
      .expect(201);
    expect(scene.idp.heard).toEqual([]);
    const { id, oidc, rp } = created.body as { id: string; oidc: object; rp: Record<string, string> };
    expect(oidc).toMatchObject({
      manual: true,
      tokenEndpointAuthMethod: 'client_secret_post',
      userinfoEndpoint: null,
    });
    expect(rp.backchannelLogoutUri).toBe(`${scene.app.baseUrl}/sso/oidc/${id}/backchannel-logout`);
    await admin.post(`/v1/sso/connections/${id}/activate`).send({ untested: true }).expect(200);
    const page = await scene.open(
      new Browser(),
      `${scene.app.baseUrl}/sso/oidc/${id}/login?redirectUri=${encodeURIComponent(APPLICATION)}`,
    );
    expect(page.status).toBe(303);
    const events = await scene.app.auditEvents(scene.workspace.id, 'sso_connection.created');
    expect(JSON.stringify(events)).not.toContain(clientSecret);
  });
});

/** Facts about single vendors, by their number in the list of what broke elsewhere. */
describe('Vendors', () => {
  let scene: OidcScene;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());
  beforeEach(() => scene.idp.behave());

  const outcome = async (changes: Claims) => {
    const page = await scene.signIn({ claims: (claims) => ({ ...claims, ...changes }) });
    return page.status === 303 ? 'in' : (await scene.refusal(page)).code;
  };
  const settings = (values: Record<string, unknown>) =>
    scene.app.sql(
      `update oidc_settings set ${Object.keys(values)
        .map((column, index) => `${column} = $${index + 2}`)
        .join(', ')} where connection_id = $1`,
      [scene.connectionId, ...Object.values(values)],
    );

  it('20: with a trailing slash in their issuer are kept to it (JumpCloud, Auth0)', async () => {
    await settings({ issuer: `${scene.idp.issuer}/` });
    expect(await outcome({ iss: `${scene.idp.issuer}/` })).toBe('in');
    expect(await outcome({})).toBe('id_token_issuer_mismatch');
    await settings({ issuer: scene.idp.issuer });
  });

  it('21: with one issuer for all tenants are pinned to one (Entra)', async () => {
    const template = `${scene.idp.issuer}/{tenantid}/v2.0`;
    const tenant = (tid: string) => ({ tid, iss: template.replace('{tenantid}', tid) });
    await settings({ issuer: template, entra_tenant_id: TENANT });
    expect(await outcome(tenant(TENANT))).toBe('in');
    expect(await outcome(tenant(OTHER_TENANT))).toBe('id_token_tenant_mismatch');
    expect(await outcome(tenant(CONSUMERS))).toBe('id_token_tenant_mismatch');
    expect(await outcome({ ...tenant(TENANT), tid: OTHER_TENANT })).toBe('id_token_issuer_mismatch');
    expect(await outcome({ ...tenant(OTHER_TENANT), tid: TENANT })).toBe('id_token_issuer_mismatch');
    expect(await outcome({ iss: template })).toBe('id_token_tenant_mismatch');
    const [identity] = await scene.app.sql(
      'select issuer from identities where subject = $1 and issuer like $2',
      [scene.idp.subject, '%/v2.0'],
    );
    expect(identity).toEqual({ issuer: tenant(TENANT).iss });
    await settings({ issuer: scene.idp.issuer, entra_tenant_id: null });
    expect(await outcome({ tid: CONSUMERS })).toBe('id_token_tenant_mismatch');
  });

  it('22: are the same in both spellings, and only for their organisation (Google)', async () => {
    await settings({ issuer: 'https://accounts.google.com', hosted_domain: 'acme.test' });
    const google = { sub: 'google-1', hd: 'acme.test' };
    expect(await outcome({ ...google, iss: 'https://accounts.google.com' })).toBe('in');
    expect(await outcome({ ...google, iss: 'accounts.google.com' })).toBe('in');
    const known = await scene.app.sql('select issuer from identities where subject = $1', ['google-1']);
    expect(known).toEqual([{ issuer: 'https://accounts.google.com' }]);
    for (const hd of ['evil.test', undefined, ['acme.test']])
      expect(await outcome({ ...google, iss: 'accounts.google.com', hd })).toBe(
        'id_token_hosted_domain_mismatch',
      );
    await settings({ issuer: 'https://idp.example', hosted_domain: null });
    expect(await outcome({ iss: 'idp.example' })).toBe('id_token_issuer_mismatch');
    await settings({ issuer: scene.idp.issuer });
  });

  it('23: that cannot send all groups say so, and are not misread (Okta, at any step)', async () => {
    const words = 'The groups claim matched too many groups and must be configured to match fewer groups.';
    const error = { error: 'server_error', error_description: words };
    const codeOf = async (behaviour: Parameters<OidcScene['signIn']>[0]) =>
      (await scene.refusal(await scene.signIn(behaviour))).code;
    for (const status of [400, 500])
      expect(await codeOf({ token: (_, response) => json(response, status, error) })).toBe(
        'oidc_too_many_groups',
      );
    expect(
      await codeOf({
        claims: (claims) => ({ ...claims, email: undefined }),
        userinfo: (_, response) => json(response, 200, error),
      }),
    ).toBe('oidc_too_many_groups');
    const callback = (parameters: URLSearchParams) => {
      parameters.delete('code');
      Object.entries(error).forEach(([name, value]) => parameters.set(name, value));
    };
    expect(await codeOf({ callback })).toBe('oidc_too_many_groups');
  });

  it('24: that want the secret in another way are not sent it twice; the administrator is told', async () => {
    const attempts: string[] = [];
    const page = await scene.signIn({
      token: (request, response) => {
        attempts.push(request.headers.authorization?.split(' ')[0] ?? 'none');
        json(response, 401, { error: 'invalid_client' });
      },
    });
    const { code, event } = await scene.refusal(page);
    expect([code, attempts]).toEqual(['oidc_client_refused', ['Basic']]);
    expect(event.data.reason).toContain(
      'client_secret_basic: check the client id and secret, and whether the provider wants client_secret_post',
    );

    await scene.configure({ tokenEndpointAuthMethod: 'client_secret_post' });
    const posted: (string | undefined)[] = [];
    const answer = await scene.signIn({
      token: (request, response, body) => {
        posted.push(request.headers.authorization);
        scene.idp.exchange(request, response, body);
      },
    });
    expect([answer.status, posted]).toEqual([303, [undefined]]);
    await scene.configure({ tokenEndpointAuthMethod: 'client_secret_basic' });
  });

  it('need not say which key signed an ID token where they publish one alone', async () => {
    const alone = await scene.another({ jwks_uri: `${scene.idp.issuer}/jwks?for=${randomUUID()}` });
    const idToken = (claims: Claims, { key }: OidcTestProvider) => signedToken(key, claims, { alg: key.alg });
    expect((await alone.signIn({ idToken })).status).toBe(303);
    const { code } = await alone.refusal(
      await alone.signIn({
        idToken: (claims) => signedToken(testKey('RS256', 'other'), claims, { alg: 'RS256' }),
      }),
    );
    expect(code).toBe('id_token_key_unknown');
  });

  it('26: are not asked for keys again and again by tokens that name unknown ones', async () => {
    const fresh = await scene.another({ jwks_uri: `${scene.idp.issuer}/jwks?for=${randomUUID()}` });
    expect((await fresh.signIn()).status).toBe(303);
    scene.idp.heard.length = 0;
    const strangers = await Promise.all(
      [1, 2, 3].map((index) =>
        fresh.signIn({
          idToken: (claims, { key }) => signedToken({ ...key, kid: `unknown-${index}` }, claims),
        }),
      ),
    );
    expect(strangers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(scene.idp.heard.filter((line) => line === 'GET /jwks')).toEqual([]);
  });
});
