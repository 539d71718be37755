import { inflateRawSync } from 'node:zlib';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { signingKey } from '../support/certificates';
import { FederatedSignIn, loginOf, refused } from '../support/federated-sign-in';
import { OidcTestProvider } from '../support/oidc-provider';
import { connectOidc } from '../support/oidc-sign-in';
import { SamlScene } from '../support/saml-sign-in';

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

describe('A sensitive call', () => {
  let app: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    acme = await app.workspace();
  });

  const as = ({ accessToken }: { accessToken: string }) => app.http(accessToken);
  const reauthenticate = (person: { accessToken: string }, proof: object) =>
    as(person).post('/v1/auth/reauthenticate').send(proof);
  const sessionOf = ({ accessToken }: { accessToken: string }) =>
    (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  /** As if they had signed in long ago. */
  const grow = (person: { accessToken: string }, ago = '1 hour') =>
    app.sql('update sessions set authenticated_at = now() - $2::interval where id = $1', [
      sessionOf(person),
      ago,
    ]);
  const sensitive = (person: { accessToken: string }) =>
    as(person)
      .post('/v1/api-keys')
      .send({ name: 'ci', scopes: ['runs:read'] });

  it('wants a recent sign-in, and says so as RFC 9470 has it', async () => {
    await sensitive(acme.admin).expect(201);
    await grow(acme.admin);
    const { body, headers } = await sensitive(acme.admin).expect(401);
    expect(body.code).toBe('reauthentication_required');
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="gatehouse", error="insufficient_user_authentication", error_description="reauthentication_required", max_age="900"',
    );
    await as(acme.admin).get('/v1/auth/me').expect(200);
  });

  it('is a change of an API key that lets it do more, and none that lets it do less', async () => {
    const { body: key } = await as(acme.admin)
      .post('/v1/api-keys')
      .send({
        ...{ name: 'ci', scopes: ['runs:read'], expiresAt: inDays(9), allowedIps: ['192.0.2.0/24'] },
        rateLimit: { requests: 600, seconds: 60 },
      })
      .expect(201);
    await grow(acme.admin);
    const change = (terms: object) => as(acme.admin).patch(`/v1/api-keys/${key.id}`).send(terms);
    for (const more of [
      { scopes: ['runs:read', 'members:write'] },
      { expiresAt: inDays(10) },
      { expiresAt: null },
      { allowedIps: [] },
      { allowedIps: ['192.0.2.0/24', '198.51.100.7'] },
      { rateLimit: { requests: 601, seconds: 60 } },
      { rateLimit: { requests: 600, seconds: 59 } },
      { rateLimit: { requests: 36_000, seconds: 3_600 } },
      { rateLimit: null },
    ])
      expect([more, (await change(more).expect(401)).body.code]).toEqual([more, 'reauthentication_required']);
    for (const less of [
      { name: 'CI' },
      { expiresAt: inDays(1) },
      { rateLimit: { requests: 10, seconds: 1 } },
      { rateLimit: { requests: 1, seconds: 60 } },
    ])
      await change(less).expect(200);
  });

  it('measures the limit of a key by what held without one of its own', async () => {
    const { body: key } = await as(acme.admin)
      .post('/v1/api-keys')
      .send({ name: 'ci', scopes: ['runs:read'] })
      .expect(201);
    await grow(acme.admin);
    const limit = (requests: number) =>
      as(acme.admin)
        .patch(`/v1/api-keys/${key.id}`)
        .send({ rateLimit: { requests, seconds: 60 } });
    await limit(6_001).expect(401);
    await limit(6_000).expect(200);
    await reauthenticate(acme.admin, { password: PASSWORD }).expect(200);
    await as(acme.admin)
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { rateLimit: { requests: 100, seconds: 60 } } })
      .expect(200);
    await limit(50).expect(200);
    await grow(acme.admin);
    const ofWorkspace = () => as(acme.admin).patch(`/v1/api-keys/${key.id}`).send({ rateLimit: null });
    await ofWorkspace().expect(401);
    await reauthenticate(acme.admin, { password: PASSWORD }).expect(200);
    await limit(100).expect(200);
    await grow(acme.admin);
    await ofWorkspace().expect(200);
  });

  it.each([
    ['a policy', 'patch', '/v1/workspace/policy', { session: { idleSeconds: 7200 } }],
    ['a SCIM token', 'post', '/v1/scim/tokens', { name: 'okta' }],
    ['an adopted API key', 'post', '/v1/api-keys/01900000-0000-7000-8000-000000000000/adopt', {}],
    ['a SCIM client', 'post', '/v1/scim/clients', { name: 'okta', scopes: ['read'] }],
    ['an admin', 'post', '/v1/invitations', { email: 'new@acme.test', role: 'admin' }],
    ['a factor', 'post', '/v1/auth/factors', { type: 'totp' }],
    ['recovery codes', 'post', '/v1/auth/factors/recovery-codes', {}],
    [
      'a revealed secret',
      'post',
      '/v1/secrets/01900000-0000-7000-8000-000000000000/reveal',
      { reason: 'a test' },
    ],
  ] as const)('is one that makes %s', async (_, method, path, body) => {
    await grow(acme.admin);
    const answer = await as(acme.admin)[method](path).send(body).expect(401);
    expect(answer.body.code).toBe('reauthentication_required');
    await reauthenticate(acme.admin, { password: PASSWORD }).expect(200);
    expect((await as(acme.admin)[method](path).send(body)).status).not.toBe(401);
  });

  it('is one that makes somebody an admin; any other role takes none of it', async () => {
    const ada = await app.member(acme, 'viewer');
    await grow(acme.admin);
    const change = (role: string) => as(acme.admin).patch(`/v1/members/${ada.memberId}`).send({ role });
    await change('editor').expect(200);
    const [gone, lowered] = [await app.member(acme, 'admin'), await app.member(acme, 'admin')];
    await as(acme.admin).delete(`/v1/members/${gone.memberId}`).expect(204);
    await as(acme.admin).patch(`/v1/members/${lowered.memberId}`).send({ role: 'viewer' }).expect(200);
    for (const made of [
      change('admin'),
      as(acme.admin).post(`/v1/members/${gone.memberId}/restore`),
      as(acme.admin).delete(`/v1/members/${lowered.memberId}/access/override`),
      as(acme.admin)
        .put('/v1/role-mappings')
        .send({ rules: [{ source: 'department', value: 'Board', role: 'admin' }] }),
    ])
      expect((await made.expect(401)).body.code).toBe('reauthentication_required');
    await reauthenticate(acme.admin, { password: PASSWORD }).expect(200);
    await change('admin').expect(200);
  });

  it('follows the policy of the workspace about what is recent, at once', async () => {
    await grow(acme.admin, '5 minutes');
    await sensitive(acme.admin).expect(201);
    await as(acme.admin)
      .patch('/v1/workspace/policy')
      .send({ session: { freshSeconds: 60 } })
      .expect(200);
    const { headers } = await sensitive(acme.admin).expect(401);
    expect(headers['www-authenticate']).toContain('max_age="60"');
    await reauthenticate(acme.admin, { password: PASSWORD }).expect(200);
    await sensitive(acme.admin).expect(201);
  });

  it('works after the password was given again, with the token of before and the new one', async () => {
    await grow(acme.admin);
    const { body: ways } = await as(acme.admin).get('/v1/auth/reauthenticate').expect(200);
    expect(ways).toMatchObject({ password: true, factors: [], loginUrl: null, maxAge: 900 });
    const { body } = await reauthenticate(acme.admin, { password: PASSWORD }).expect(200);
    expect(body).toEqual({
      authenticatedAt: expect.stringMatching(/Z$/),
      tokenType: 'Bearer',
      accessToken: expect.stringMatching(/^ey/),
      expiresIn: 300,
    });
    expect(sessionOf(body)).toBe(sessionOf(acme.admin));
    await sensitive(body).expect(201);
    await sensitive(acme.admin).expect(201);
    expect((await app.auditEvents(acme.id, 'auth.reauthenticated')).at(-1)).toMatchObject({
      actor_id: acme.admin.userId,
      target_id: sessionOf(acme.admin),
      data: { by: 'password', memberId: acme.admin.memberId },
    });
  });

  it('works after a code of a second factor, which is used up by it', async () => {
    const { app: authenticator } = await enrol(app, acme.admin.accessToken);
    await grow(acme.admin);
    const { body: ways } = await as(acme.admin).get('/v1/auth/reauthenticate').expect(200);
    const factorId = ways.factors.find(({ type }: { type: string }) => type === 'totp').id as string;
    const code = authenticator.next();
    const { body } = await reauthenticate(acme.admin, { factorId, code }).expect(200);
    await sensitive(body).expect(201);
    expect((await reauthenticate(acme.admin, { factorId, code }).expect(400)).body.code).toBe('invalid_code');
    const { body: sessions } = await as(acme.admin).get('/v1/auth/sessions').expect(200);
    expect(sessions.data[0].amr).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('does not work after a password alone where a second factor stands beside it by now', async () => {
    const ada = await app.member(acme, 'viewer');
    const before = await app.signIn(ada.email);
    const { factorId, app: authenticator } = await enrol(app, ada.accessToken);
    await grow(before);
    const { body: ways } = await as(before).get('/v1/auth/reauthenticate').expect(200);
    expect(ways).toMatchObject({ password: false, factors: [{ id: factorId }, { type: 'recovery' }] });
    expect((await reauthenticate(before, { password: PASSWORD }).expect(403)).body.code).toBe('mfa_required');
    expect((await app.auditEvents(acme.id, 'auth.reauthentication_failed')).at(-1)).toMatchObject({
      actor_id: ada.userId,
      data: { by: 'password', code: 'mfa_required' },
    });
    await as(before).delete(`/v1/auth/factors/${factorId}`).expect(401);

    await reauthenticate(before, { factorId, code: authenticator.next() }).expect(200);
    await grow(before);
    // Who has shown it in this session once may go on by the password.
    await reauthenticate(before, { password: PASSWORD }).expect(200);
    await as(before).delete(`/v1/auth/factors/${factorId}`).expect(204);
  });

  it('does not work after a wrong proof, which is on record and ends nothing', async () => {
    await grow(acme.admin);
    const { body } = await reauthenticate(acme.admin, { password: 'wrong' }).expect(400);
    expect(body.code).toBe('invalid_credentials');
    const factor = { factorId: '01900000-0000-7000-8000-000000000000', code: '123456' };
    expect((await reauthenticate(acme.admin, factor).expect(400)).body.code).toBe('invalid_code');
    await sensitive(acme.admin).expect(401);
    await as(acme.admin).get('/v1/auth/me').expect(200);
    expect(await app.auditEvents(acme.id, 'auth.reauthentication_failed')).toMatchObject([
      { actor_id: acme.admin.userId, data: { by: 'password', reason: 'wrong_password' } },
      { data: { by: 'factor', reason: 'unknown_factor' } },
    ]);
    for (const wrong of [
      {},
      { password: '' },
      { password: PASSWORD, ...factor },
      { code: '1' },
      { sms: 1 },
    ]) {
      expect((await reauthenticate(acme.admin, wrong).expect(400)).body.code).toBe('validation_failed');
    }
  });

  it('counts wrong proofs as it counts them at a sign-in', async () => {
    const limited = await startApp({ RATE_LIMITS: 'on', PUBLIC_URL: app.baseUrl }, app);
    try {
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 11; attempt += 1) {
        const { status } = await limited
          .http(acme.admin.accessToken)
          .post('/v1/auth/reauthenticate')
          .send({ password: 'wrong' });
        statuses.push(status);
      }
      expect([statuses[9], statuses[10]]).toEqual([400, 429]);
      // Whatever the workspace calls the member by now: it is the same account, and the same count.
      await limited.sql(`update members set email = 'other.' || email where id = $1`, [acme.admin.memberId]);
      for (const [path, body] of [
        ['/v1/auth/reauthenticate', { password: 'wrong' }],
        ['/v1/auth/password/change', { currentPassword: 'wrong', newPassword: 'a whole new sentence' }],
      ] as const)
        await limited.http(acme.admin.accessToken).post(path).send(body).expect(429);
    } finally {
      await limited.close();
    }
  });

  it('in a browser makes a new cookie, and the one of before is worth nothing', async () => {
    const form = new URLSearchParams({ email: acme.admin.email, password: PASSWORD });
    const signedIn = await app.http().post('/login/password').type('form').send(form.toString()).expect(303);
    const cookie = sessionCookie(signedIn.headers['set-cookie']);
    await app.sql(
      `update sessions set authenticated_at = now() - interval '1 hour' where cookie_hash is not null`,
    );
    const inBrowser = (text: string) => app.http().set('cookie', text).set('origin', app.baseUrl);
    await inBrowser(cookie).post('/v1/scim/tokens').send({ name: 'okta' }).expect(401);
    const answer = await inBrowser(cookie)
      .post('/v1/auth/reauthenticate')
      .send({ password: PASSWORD })
      .expect(200);
    expect(answer.body).toEqual({ authenticatedAt: expect.stringMatching(/Z$/) });
    const next = sessionCookie(answer.headers['set-cookie']);
    expect(next).not.toBe(cookie);
    await inBrowser(next).post('/v1/scim/tokens').send({ name: 'okta' }).expect(201);
    await inBrowser(cookie).get('/v1/auth/me').expect(401);
  });

  describe('in a session of an identity provider', () => {
    let ada: TestPerson;

    beforeEach(async () => {
      ada = await app.member(acme, 'admin');
      const [connection] = await app.sql<{ id: string }>(
        `insert into sso_connections (workspace_id, type, name, provider, status)
         values ($1, 'oidc', 'Acme', 'generic', 'active') returning id`,
        [acme.id],
      );
      await app.sql(`update sessions set method = 'oidc', connection_id = $2, amr = '{}' where id = $1`, [
        sessionOf(ada),
        connection!.id,
      ]);
      await grow(ada);
    });

    it('takes no password, and says where to go', async () => {
      const { body: ways } = await as(ada).get('/v1/auth/reauthenticate').expect(200);
      expect(ways).toMatchObject({ password: false, factors: [] });
      expect(ways.loginUrl).toMatch(/\/sso\/oidc\/[0-9a-f-]{36}\/login\?maxAge=900$/);
      expect((await reauthenticate(ada, { password: PASSWORD }).expect(403)).body.code).toBe('sso_required');
      await sensitive(ada).expect(401);
    });

    it('sends people there to be asked again, whatever session there is', async () => {
      const saml = await SamlScene.connect(app, acme, signingKey());
      const there = async (path: string) =>
        new URL((await app.http().get(path).expect(303)).headers.location!);
      const request = async (query: string) => {
        const url = await there(`/sso/saml/${saml.connectionId}/login${query}`);
        return inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest')!, 'base64')).toString();
      };
      expect(await request('?maxAge=60')).toContain('ForceAuthn="true"');
      expect(await request('')).not.toContain('ForceAuthn');

      const provider = await OidcTestProvider.start();
      try {
        const login = `/sso/oidc/${await connectOidc(app, acme, provider)}/login`;
        const asked = (await there(`${login}?maxAge=60`)).searchParams;
        expect([asked.get('max_age'), asked.get('prompt')]).toEqual(['60', 'login']);
        expect((await there(login)).searchParams.has('prompt')).toBe(false);
        for (const wrong of ['-1', '1.5', 'x', '86401'])
          await app.http().get(`${login}?maxAge=${wrong}`).expect(400);
      } finally {
        await provider.stop();
      }
    });

    it('is satisfied by a sign-in that was asked to be recent, and by none that was not', async () => {
      const idp = new FederatedSignIn(app);
      const { connection, workspace, domain } = await idp.scene();
      const login = (seconds: number) =>
        loginOf('ada', `ada@${domain}`, { authenticatedAt: new Date(Date.now() - seconds * 1000) });
      await idp.signIn({ connection }, login(7_200));
      // A minute may lie between the clocks, and no more.
      for (const seconds of [7_200, 130])
        await expect(idp.signIn({ connection }, login(seconds), { maxAge: 60 })).rejects.toEqual(
          refused('authentication_too_old', 401),
        );
      await expect(idp.signIn({ connection }, loginOf('ada'), { maxAge: 60 })).rejects.toEqual(
        refused('authentication_too_old', 401),
      );
      await idp.signIn({ connection }, login(10), { maxAge: 60 });
      const rows = await app.sql<{ fresh: boolean }>(
        `select authenticated_at > now() - interval '1 minute' as fresh from sessions
          where workspace_id = $1 and method = 'oidc' order by id`,
        [workspace.id],
      );
      expect(rows).toEqual([{ fresh: false }, { fresh: true }]);
    });
  });
});

const sessionCookie = (headers: unknown): string =>
  ([headers].flat() as string[])
    .map((text) => text.split(';')[0]!)
    .find((text) => text.startsWith('gatehouse_session='))!;
