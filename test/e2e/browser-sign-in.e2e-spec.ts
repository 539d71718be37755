import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type {
  BrowserSignIn,
  FederatedLogin,
  SignInOutcome,
  StartQuery,
} from '../../src/auth/browser/browser-sign-in.service';
import { startApp, type TestApp } from '../support/app';
import { signingKey } from '../support/certificates';
import { cookieOf, FederatedSignIn, loginOf, refused } from '../support/federated-sign-in';

const APP = 'https://app.acme.test/signed-in?tenant=a%20b';

describe('A sign-in through a browser', () => {
  let app: TestApp;
  let idp: FederatedSignIn;
  let browser: BrowserSignIn;

  beforeAll(async () => {
    app = await startApp({ APP_REDIRECT_URIS: `${APP},myapp://done` });
    idp = new FederatedSignIn(app);
    ({ browser } = idp);
  });
  afterAll(() => app?.close());

  const codeIn = ({ location }: SignInOutcome) => new URL(location).searchParams.get('code')!;
  const exchange = (code: unknown, codeVerifier?: unknown) =>
    app.http().post('/v1/auth/token').send({ code, codeVerifier });

  describe('on its way', () => {
    it('comes back once, in the browser that began it', async () => {
      const { connection } = await idp.scene();
      const query = { redirectUri: APP, state: 'a&b', codeChallenge: 'x'.repeat(43), loginHint: 'ada' };
      const begun = await browser.begin(connection, query);
      expect(begun.setCookie).toMatch(
        /^gatehouse_sign_in_[0-9a-f]{8}=[\w-]{24}; Path=\/; HttpOnly; Max-Age=600$/,
      );
      expect(begun.codeChallenge).toBe(createHash('sha256').update(begun.codeVerifier).digest('base64url'));

      const consume = (cookie?: string) => browser.consume(connection, begun.id, cookie);
      await expect(consume()).rejects.toEqual(refused('browser_mismatch', 401));
      const otherBrowser = cookieOf((await browser.begin(connection, {})).setCookie);
      await expect(consume(otherBrowser)).rejects.toEqual(refused('browser_mismatch'));

      const request = await consume(`theme=dark; ${otherBrowser}; ${cookieOf(begun.setCookie)}`);
      expect(request).toEqual({
        id: begun.id,
        attemptId: null,
        nonce: begun.nonce,
        codeVerifier: begun.codeVerifier,
        redirectUri: APP,
        appState: 'a&b',
        codeChallenge: 'x'.repeat(43),
        loginHint: 'ada',
        maxAge: null,
        createdAt: expect.any(Date),
      });
      await expect(consume(cookieOf(begun.setCookie))).rejects.toEqual(refused('request_replayed', 400));
    });

    it('lets one of ten at once back', async () => {
      const { connection } = await idp.scene();
      const { id, setCookie } = await browser.begin(connection, {});
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, () => browser.consume(connection, id, cookieOf(setCookie))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('does not come back late, through another connection, or out of nowhere', async () => {
      const { connection, workspace } = await idp.scene();
      const begin = () => browser.begin(connection, {});
      const late = await begin();
      await app.sql('update sign_in_requests set expires_at = now() where id = $1', [late.id]);
      await expect(browser.consume(connection, late.id, cookieOf(late.setCookie))).rejects.toEqual(
        refused('request_expired', 400),
      );
      const elsewhere = await begin();
      for (const other of [await idp.connect(workspace), (await idp.scene()).connection]) {
        await expect(browser.consume(other, elsewhere.id, cookieOf(elsewhere.setCookie))).rejects.toEqual(
          refused('request_unknown', 400),
        );
      }
      for (const id of [randomUUID(), '', 'x', `${elsewhere.id}0`]) {
        await expect(browser.consume(connection, id, cookieOf(elsewhere.setCookie))).rejects.toEqual(
          refused('request_unknown'),
        );
      }
    });

    it('goes in two tabs at once', async () => {
      const { connection } = await idp.scene();
      const [first, second] = [await browser.begin(connection, {}), await browser.begin(connection, {})];
      const jar = [first, second].map(({ setCookie }) => cookieOf(setCookie)).join('; ');
      await browser.consume(connection, first.id, jar);
      await browser.consume(connection, second.id, jar);
    });

    it('returns to listed addresses only, exactly as listed', async () => {
      const { connection } = await idp.scene();
      const others = [
        'https://evil.test/',
        `${APP}/`,
        APP.toUpperCase(),
        `${APP}#x`,
        'https://app.acme.test',
        '',
      ];
      for (const redirectUri of others) {
        await expect(browser.begin(connection, { redirectUri })).rejects.toEqual(
          refused('redirect_uri_not_allowed', 400),
        );
      }
      expect(
        await app.sql('select id from sign_in_requests where connection_id = $1', [connection.id]),
      ).toEqual([]);
    });

    it('keeps the code verifier sealed', async () => {
      const { connection } = await idp.scene();
      const { id, codeVerifier } = await browser.begin(connection, { state: 's' });
      const [row] = await app.sql('select * from sign_in_requests where id = $1', [id]);
      expect(JSON.stringify(row)).not.toContain(codeVerifier);
    });
  });

  describe('that ends in an application', () => {
    async function codeFor(query: StartQuery = {}, more: Partial<FederatedLogin> = {}) {
      const place = await idp.scene();
      const login = loginOf('ada', `ada@${place.domain}`, more);
      return { ...place, outcome: await idp.signIn(place, login, { redirectUri: APP, ...query }) };
    }

    it('hands a code to the address, which keeps its query, and the state as it was', async () => {
      const { outcome } = await codeFor({ state: 'x&y=z é' });
      expect(outcome.location).toMatch(
        /^https:\/\/app\.acme\.test\/signed-in\?tenant=a%20b&code=ghc_\w+&state=x%26y%3Dz%20%C3%A9$/,
      );
      expect(outcome.setCookies).toEqual([
        expect.stringMatching(/^gatehouse_sign_in_\w+=; Path=\/; HttpOnly; Max-Age=0$/),
      ]);
      const { outcome: native } = await codeFor({ redirectUri: 'myapp://done' });
      expect(native.location).toMatch(/^myapp:\/\/done\?code=ghc_\w+$/);
    });

    it('is exchanged for tokens of a session that remembers how it came about', async () => {
      const authenticatedAt = new Date('2026-01-02T03:04:05Z');
      const { outcome, workspace, connection } = await codeFor({}, { authenticatedAt });
      const { body } = await exchange(codeIn(outcome)).expect(200);
      expect(body).toMatchObject({ status: 'authenticated', workspace: { id: workspace.id } });
      const { body: sessions } = await app.http(body.accessToken).get('/v1/auth/sessions').expect(200);
      expect(sessions.data).toMatchObject([
        {
          method: 'oidc',
          connectionId: connection.id,
          amr: ['mfa'],
          authenticatedAt: authenticatedAt.toISOString(),
        },
      ]);
      await app.http().post('/v1/auth/refresh').send({ refreshToken: body.refreshToken }).expect(200);
      expect((await app.auditEvents(workspace.id, 'auth.login_succeeded')).at(-1)).toMatchObject({
        data: { method: 'oidc', connectionId: connection.id },
      });
    });

    it('is of now at the latest, whatever time it is at the identity provider', async () => {
      const { outcome } = await codeFor({}, { authenticatedAt: new Date(Date.now() + 365 * 86_400_000) });
      const { body } = await exchange(codeIn(outcome)).expect(200);
      const { body: sessions } = await app.http(body.accessToken).get('/v1/auth/sessions').expect(200);
      expect(Date.parse(sessions.data[0].authenticatedAt)).toBeLessThanOrEqual(Date.now());
    });

    it('ends no later than the session at the identity provider', async () => {
      const notAfter = new Date(Date.now() + 120_000);
      const { outcome } = await codeFor({}, { notAfter });
      const { body } = await exchange(codeIn(outcome)).expect(200);
      expect(body.expiresIn).toBeLessThanOrEqual(120);
      const { body: sessions } = await app.http(body.accessToken).get('/v1/auth/sessions').expect(200);
      expect(sessions.data[0].expiresAt).toBe(notAfter.toISOString());
    });

    it('works once: a second use ends what the first one opened', async () => {
      const { outcome, workspace } = await codeFor();
      const { body } = await exchange(codeIn(outcome)).expect(200);
      expect((await exchange(codeIn(outcome)).expect(400)).body.code).toBe('invalid_code');
      await app.http(body.accessToken).get('/v1/auth/me').expect(401);
      await app.http().post('/v1/auth/refresh').send({ refreshToken: body.refreshToken }).expect(401);
      const events = await app.auditEvents(workspace.id);
      expect(events).toContainEqual(
        expect.objectContaining({
          type: 'auth.session_ended',
          risk: 'high',
          data: expect.objectContaining({ reason: 'code_reused' }),
        }),
      );
      expect(events.at(-1)).toMatchObject({ type: 'auth.login_failed', data: { reason: 'code_reused' } });
      await exchange(codeIn(outcome)).expect(400);
      expect(await app.auditEvents(workspace.id, 'auth.session_ended')).toHaveLength(1);
    });

    it('lets one of ten exchanges at once through', async () => {
      const { outcome } = await codeFor();
      const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(codeIn(outcome))));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(400)]);
    });

    it('lives for a minute', async () => {
      const { outcome } = await codeFor();
      const [row] = await app.sql<{ seconds: number }>(
        `select extract(epoch from expires_at - created_at)::int as seconds from sign_in_codes order by id desc limit 1`,
      );
      expect(row).toEqual({ seconds: 60 });
      await app.sql('update sign_in_codes set expires_at = now() where consumed_at is null');
      expect((await exchange(codeIn(outcome)).expect(400)).body.code).toBe('invalid_code');
    });

    it('belongs to who knows the verifier, if there was a challenge', async () => {
      const codeVerifier = randomBytes(32).toString('base64url');
      const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
      const { outcome } = await codeFor({ codeChallenge });
      const code = codeIn(outcome);
      expect((await exchange(code).expect(400)).body.code).toBe('code_verifier_required');
      for (const wrong of ['x'.repeat(43), codeChallenge]) {
        expect((await exchange(code, wrong).expect(400)).body.code).toBe('invalid_code_verifier');
      }
      for (const wrong of ['short', 7, 'x'.repeat(129), `${'x'.repeat(43)}!`]) {
        expect((await exchange(code, wrong).expect(400)).body.code).toBe('validation_failed');
      }
      await exchange(code, codeVerifier).expect(200);

      const { outcome: without } = await codeFor();
      const unasked = await exchange(codeIn(without), codeVerifier).expect(400);
      expect(unasked.body.code).toBe('invalid_code_verifier');
    });

    it('is nothing for whoever was removed meanwhile', async () => {
      const { outcome, domain } = await codeFor();
      await app.sql('update members set removed_at = now() where email = $1', [`ada@${domain}`]);
      const { body } = await exchange(codeIn(outcome)).expect(403);
      expect(body.code).toBe('member_removed');
    });

    it('waits for a removal that is under way, and neither of them fails for the other', async () => {
      const { outcome, domain } = await codeFor();
      const removing = new Client({ connectionString: app.databaseUrl });
      await removing.connect();
      try {
        const theirs = [`ada@${domain}`];
        await removing.query('begin');
        await removing.query('select from members where email = $1 for no key update', theirs);
        const exchanged = exchange(codeIn(outcome)).then((answer) => answer);
        await app.waiting();
        await removing.query('update members set removed_at = now() where email = $1', theirs);
        await removing.query('commit');
        expect(await exchanged).toMatchObject({ status: 403, body: { code: 'member_removed' } });
      } finally {
        await removing.end();
      }
    });

    it('is refused when it is no code', async () => {
      const { outcome } = await codeFor();
      const code = codeIn(outcome);
      for (const text of [`${code}x`, code.replace('ghc', 'ghr'), code.slice(0, -1), 'ghc_', 'x']) {
        expect((await exchange(text).expect(400)).body.code).toBe('invalid_code');
      }
      for (const wrong of [undefined, '', 7, [code], 'x'.repeat(300)]) {
        expect((await exchange(wrong).expect(400)).body.code).toBe('validation_failed');
      }
    });
  });

  describe('that ends in the console', () => {
    const held = async () => {
      const place = await idp.scene();
      const { location, setCookies } = await idp.signIn(place, loginOf('ada', `ada@${place.domain}`));
      return { ...place, location, session: setCookies[1]!, cookie: cookieOf(setCookies[1]!) };
    };
    const withCookie = (cookie: string) => app.http().set('cookie', cookie);

    it('opens a session that the browser holds and no script reads', async () => {
      const { location, session, cookie, domain } = await held();
      expect(location).toBe(`${app.baseUrl}/console`);
      expect(session).toMatch(
        /^gatehouse_session=ghb_\w+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=6047\d\d$/,
      );
      const { body } = await withCookie(cookie).get('/v1/auth/me').expect(200);
      expect(body).toMatchObject({ user: { email: `ada@${domain}` }, member: { role: 'viewer' } });
    });

    it('changes something only from pages of our own', async () => {
      const { cookie } = await held();
      const logout = () => withCookie(cookie).post('/v1/auth/logout');
      for (const origin of ['https://evil.test', 'null', `${app.baseUrl}.evil.test`]) {
        expect((await logout().set('origin', origin).expect(403)).body.code).toBe('foreign_origin');
      }
      expect((await logout().expect(403)).body.code).toBe('foreign_origin');
      await logout().set('origin', app.baseUrl).expect(204);
      await withCookie(cookie).get('/v1/auth/me').expect(401);
    });

    it('does not stand in for another credential', async () => {
      const { cookie } = await held();
      const other = await held();
      const [name, text] = cookie.split('=') as [string, string];
      for (const forged of [`${text}x`, text.slice(0, -7) + other.cookie.slice(-7), 'x']) {
        await withCookie(`${name}=${forged}`).get('/v1/auth/me').expect(401);
      }
      await app.http(text).get('/v1/auth/me').expect(401);
      await app.withKey(text).get('/v1/auth/me').expect(401);
    });
  });

  describe('behind TLS', () => {
    it('uses cookies that only this host can have set, and that come back from an IdP’s post', async () => {
      const secure = await startApp({ PUBLIC_URL: 'https://login.acme.test' }, app);
      try {
        const { connection, domain } = await idp.scene();
        const there = new FederatedSignIn(secure).browser;
        const begun = await there.begin(connection, {});
        expect(begun.setCookie).toMatch(
          /^__Host-gatehouse_sign_in_\w+=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=None; Max-Age=600$/,
        );
        const request = await there.consume(connection, begun.id, cookieOf(begun.setCookie));
        const { setCookies, location } = (await there.finish(
          connection,
          request,
          loginOf('ada', `ada@${domain}`),
        )) as SignInOutcome;
        expect(location).toBe('https://login.acme.test/console');
        expect(setCookies[1]).toMatch(
          /^__Host-gatehouse_session=ghb_\w+; Path=\/; HttpOnly; Secure; SameSite=Lax;/,
        );
      } finally {
        await secure.close();
      }
    });
  });

  describe('that is refused', () => {
    const address = `/sso/oidc/${randomUUID()}/login`;

    it('shows browsers a page, and programs a problem', async () => {
      const browsers = ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html, application/json', '*/*'];
      for (const accept of browsers) {
        const page = await app.http().get(address).set('accept', accept).expect(404);
        expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
        expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
        expect(page.text).toContain('not_found');
        expect(page.text).toContain(page.headers['x-request-id']);
      }
      for (const accept of ['application/json', 'application/problem+json']) {
        const problem = await app.http().get(address).set('accept', accept).expect(404);
        expect(problem.headers['content-type']).toMatch(/^application\/problem\+json/);
        expect(JSON.parse(problem.text)).toMatchObject({ code: 'not_found', status: 404 });
      }
    });

    it('stays here when an unlisted address is asked for, and is on record', async () => {
      const workspace = await app.workspace();
      const admin = app.http(workspace.admin.accessToken);
      const saml = {
        entityId: 'urn:idp',
        ssoUrl: 'https://idp.example/sso',
        certificates: [signingKey().certificate],
      };
      const { body } = await admin
        .post('/v1/sso/connections')
        .send({ type: 'saml', name: 'Acme', provider: 'generic', saml })
        .expect(201);
      await admin.post(`/v1/sso/connections/${body.id}/activate`).send({ untested: true }).expect(200);

      const login = (query: string) => app.http().get(`/sso/saml/${body.id}/login?${query}`);
      const page = await login('redirectUri=https://evil.test/').expect(400);
      expect(page.headers).not.toHaveProperty('location');
      expect(page.text).toContain('redirect_uri_not_allowed');
      expect(page.text).not.toContain('evil.test');
      expect(await app.auditEvents(workspace.id, 'sso.login_failed')).toMatchObject([
        { target_id: body.id, data: { code: 'redirect_uri_not_allowed' } },
      ]);
      for (const wrong of [
        'redirectUri=a&redirectUri=b',
        'codeChallenge=plain',
        `state=${'x'.repeat(2049)}`,
        'x=1',
      ]) {
        expect((await login(wrong).expect(400)).text).toContain('validation_failed');
      }
      await login(`redirectUri=${encodeURIComponent(APP)}`).expect(303);
    });
  });
});
