import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SignJWT, generateKeyPair } from 'jose';
import { SigningKeysService } from '../../src/auth/tokens/signing-keys.service';
import { issueCredential } from '../../src/crypto/credential';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { requestWith } from '../support/raw-request';

describe('A credential', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let viewer: TestPerson;
  let key: { id: string; key: string };

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
    viewer = await app.member(acme, 'viewer', { approver: true });
    key = await newKey(['runs:read', 'members:read']);
  });
  afterAll(() => app?.close());

  async function newKey(scopes: string[], workspace = acme, more: object = {}) {
    const created = await app
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'ci', scopes, ...more })
      .expect(201);
    return created.body as { id: string; key: string };
  }

  const me = () => app.http().get('/v1/auth/me');
  const bearer = (text: string) => me().set('authorization', `Bearer ${text}`);
  const introspect = (token: unknown, caller = acme.admin) =>
    app.http(caller.accessToken).post('/v1/auth/introspect').send({ token });
  const verify = (permission?: string) =>
    `/v1/auth/verify${permission === undefined ? '' : `?permission=${encodeURIComponent(permission)}`}`;

  describe('that is good', () => {
    it('says of a person who they are, where, and what they may do', async () => {
      const { body } = await bearer(viewer.accessToken).expect(200);
      expect(body).toEqual({
        user: { id: viewer.userId, email: viewer.email, name: null },
        member: {
          id: viewer.memberId,
          role: 'viewer',
          approver: true,
          permissions: ['workflows:read', 'runs:read', 'audit:read', 'approvals:read', 'approvals:decide'],
        },
        workspace: { id: acme.id, slug: acme.slug, name: acme.slug },
      });
    });

    it('says of an API key what it carries', async () => {
      const { body } = await app.withKey(key.key).get('/v1/auth/me').expect(200);
      expect(body).toEqual({
        apiKey: { id: key.id, name: 'ci', scopes: ['runs:read', 'members:read'], expiresAt: null },
        workspace: { id: acme.id, slug: acme.slug, name: acme.slug },
      });
    });

    it('follows a change of role at the very next request', async () => {
      const ada = await app.member(acme, 'viewer');
      await app.http(ada.accessToken).get(verify('workflows:publish')).expect(403);
      await app
        .http(acme.admin.accessToken)
        .patch(`/v1/members/${ada.memberId}`)
        .send({ role: 'editor' })
        .expect(200);
      await app.http(ada.accessToken).get(verify('workflows:publish')).expect(204).expect('x-role', 'editor');
    });
  });

  describe('that is not good', () => {
    it('is refused with the same answer, whatever is wrong with it', async () => {
      const [header, payload, signature] = viewer.accessToken.split('.') as [string, string, string];
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
      const head = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, string>;
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const { privateKey } = await generateKeyPair('ES256');
      const signedByUs = (changes: object) => sign(app, { ...claims, ...changes });
      const wrong = [
        `${header}.${encode({ ...claims, sub: acme.admin.userId })}.${signature}`,
        `${encode({ ...head, alg: 'none' })}.${payload}.`,
        `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
        `${header}.${payload}.${signature}=`,
        `${header}.${payload}`,
        await new SignJWT(claims)
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: head.kid! })
          .sign(privateKey),
        await signedByUs({ exp: Math.floor(Date.now() / 1000) - 1, iat: Math.floor(Date.now() / 1000) - 60 }),
        await signedByUs({ aud: 'somebody else' }),
        await signedByUs({ iss: 'http://evil.test' }),
        await signedByUs({ sid: randomUUID() }),
        await signedByUs({ workspace_id: randomUUID() }),
        await signedByUs({ sub: acme.admin.userId }),
        'ey',
        'x',
        issueCredential('ghs', acme.id, randomUUID()).text,
        viewer.refreshToken,
      ];
      for (const text of wrong) {
        const { body, headers } = await bearer(text).expect(401);
        expect(body).toMatchObject({ code: 'invalid_token', status: 401 });
        expect(headers['www-authenticate']).toMatch(/error="invalid_token"/);
      }
      await bearer(await signedByUs({})).expect(200);
      const keys = [issueCredential('gh', acme.id, key.id).text, `${key.key}x`, 'gh_', key.key.toUpperCase()];
      for (const text of keys) {
        expect((await app.withKey(text).get('/v1/auth/me').expect(401)).body.code).toBe('invalid_token');
      }
    });

    it('is over when it says so, also where it was good a moment ago', async () => {
      const claims = JSON.parse(
        Buffer.from(viewer.accessToken.split('.')[1]!, 'base64url').toString(),
      ) as Record<string, unknown>;
      const exp = Math.floor(Date.now() / 1000) + 2;
      const brief = await sign(app, { ...claims, exp });
      await bearer(brief).expect(200);
      expect((await introspect(brief).expect(200)).body).toMatchObject({ active: true, exp });
      await setTimeout(exp * 1000 - Date.now());
      await bearer(brief).expect(401);
      expect((await introspect(brief).expect(200)).body).toEqual({ active: false });
      await bearer(viewer.accessToken).expect(200);
    });

    it('is missing, or there are two: no guess is made', async () => {
      const none = await me().expect(401);
      expect(none.body.code).toBe('unauthorized');
      expect(none.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
      const two = await bearer(viewer.accessToken).set('x-api-key', key.key).expect(400);
      expect(two.body.code).toBe('two_credentials');
      await me().set('authorization', 'Bearer').expect(401);
    });

    it('is refused where Authorization comes several times, unless always the same', async () => {
      const right = `Bearer ${viewer.accessToken}`;
      const ask = (path: string, ...authorization: string[]) =>
        requestWith({ port: app.config.port, path, headers: { authorization } });
      for (const several of [
        [right, 'Bearer x'],
        ['Bearer x', right],
        [right, 'Basic YTpi'],
      ]) {
        expect(await ask('/v1/auth/me', ...several)).toMatchObject({
          status: 400,
          body: { code: 'two_credentials' },
        });
        const scim = await ask('/scim/v2/Users', ...several);
        expect(scim).toMatchObject({ status: 400, body: { status: '400' } });
      }
      expect(await ask('/v1/auth/me', right, right)).toMatchObject({ status: 200 });
    });

    it('in another scheme, or in the place of another one, is told where it goes', async () => {
      const basic = await me().set('authorization', 'Basic YTpi').expect(401);
      expect(basic.body).toMatchObject({
        code: 'unauthorized',
        detail: 'Send a credential as `Authorization: Bearer …`; no other scheme is known here.',
      });
      expect(basic.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
      const asToken = await bearer(key.key).expect(401);
      expect(asToken.body).toMatchObject({
        code: 'invalid_token',
        detail: 'An API key goes into the header x-api-key, not into Authorization.',
      });
      for (const token of [viewer.accessToken, issueCredential('ghs', acme.id, randomUUID()).text]) {
        const { body } = await app.withKey(token).get('/v1/auth/me').expect(401);
        expect(body).toMatchObject({
          code: 'invalid_token',
          detail: 'A token goes into Authorization: Bearer …, not into the header x-api-key.',
        });
      }
    });
  });

  describe('asked about by a resource server', () => {
    it('is described as RFC 7662 has it, as JSON or as a form', async () => {
      const { body } = await introspect(viewer.accessToken).expect(200);
      expect(body).toEqual({
        active: true,
        token_type: 'Bearer',
        scope: 'workflows:read runs:read audit:read approvals:read approvals:decide',
        sub: viewer.userId,
        username: viewer.email,
        client_id: 'gatehouse',
        iss: app.baseUrl,
        aud: app.baseUrl,
        exp: expect.any(Number),
        iat: body.exp - 300,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        auth_time: expect.any(Number),
        amr: ['pwd'],
        workspace_id: acme.id,
        member_id: viewer.memberId,
        role: 'viewer',
        sid: expect.any(String),
      });
      const form = await app
        .withKey(key.key)
        .post('/v1/auth/introspect')
        .type('form')
        .send({ token: key.key, token_type_hint: 'access_token' })
        .expect(200);
      expect(form.body).toMatchObject({
        active: true,
        token_type: 'api_key',
        sub: key.id,
        jti: key.id,
        scope: 'runs:read members:read',
        workspace_id: acme.id,
      });
    });

    it('takes no notice of what else a client of OAuth sends along', async () => {
      const more = { client_id: 'gateway', client_secret: 'x', resource: 'https://api.acme.test' };
      const ask = (fields: object) => app.withKey(key.key).post('/v1/auth/introspect').send(fields);
      const { body } = await ask({ token: key.key, ...more })
        .type('form')
        .expect(200);
      expect(body).toMatchObject({ active: true, sub: key.id });
      expect((await ask({ token: key.key, ...more }).expect(200)).body).toEqual(body);
      await ask({ token: [key.key, key.key] })
        .type('form')
        .expect(400);
      for (const none of [[key.key], {}, undefined]) await ask(none as object).expect(400);
    });

    it('is inactive, and nothing else is said, when it is over, foreign or no token at all', async () => {
      const left = await app.member(acme, 'viewer');
      await app.http(left.accessToken).post('/v1/auth/logout').expect(204);
      const revoked = await newKey(['runs:read']);
      await app.http(acme.admin.accessToken).delete(`/v1/api-keys/${revoked.id}`).expect(204);
      const globex = await app.workspace();
      const foreignKey = await newKey(['runs:read'], globex);
      const dead = [
        left.accessToken,
        revoked.key,
        globex.admin.accessToken,
        foreignKey.key,
        viewer.refreshToken,
        'nonsense',
        'gh_',
      ];
      for (const token of dead) {
        expect((await introspect(token).expect(200)).body).toEqual({ active: false });
      }
      for (const wrong of [undefined, '', 7, 'x'.repeat(16_385)]) await introspect(wrong).expect(400);
      await app.http().post('/v1/auth/introspect').send({ token: key.key }).expect(401);
    });
  });

  describe('that its holder gives up', () => {
    const revoke = (token: unknown, more: object = {}) =>
      app
        .http()
        .post('/v1/auth/revoke')
        .send({ token, ...more });
    const sessionOf = ({ accessToken }: { accessToken: string }) =>
      (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;

    it('takes its session along, whichever of its tokens is shown, as JSON or as a form', async () => {
      for (const which of ['accessToken', 'refreshToken'] as const) {
        const ada = await app.member(acme, 'viewer');
        const { body: next } = await app
          .http()
          .post('/v1/auth/refresh')
          .send({ refreshToken: ada.refreshToken })
          .expect(200);
        const { text } = await app
          .http()
          .post('/v1/auth/revoke')
          .type('form')
          .send({ token: ada[which], token_type_hint: 'refresh_token', client_id: 'gatehouse', extra: '1' })
          .expect(200);
        expect(text).toBe('');
        await bearer(next.accessToken).expect(401);
        await app.http().post('/v1/auth/refresh').send({ refreshToken: next.refreshToken }).expect(401);
        expect((await app.auditEvents(acme.id, 'auth.session_ended')).at(-1)).toMatchObject({
          actor_id: ada.userId,
          target_id: sessionOf(ada),
          data: { reason: 'token_revoked', memberId: ada.memberId },
        });
        await revoke(ada[which]).expect(200);
        const ends = await app.auditEvents(acme.id, 'auth.session_ended');
        expect(ends.filter(({ target_id }) => target_id === sessionOf(ada))).toHaveLength(1);
      }
    });

    it('is an API key: whoever holds all of it may end it, and nobody else by this way', async () => {
      const mine = await newKey(['runs:read']);
      await revoke(mine.key.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'))).expect(200);
      await revoke(issueCredential('gh', acme.id, mine.id).text).expect(200);
      await app.withKey(mine.key).get('/v1/auth/me').expect(200);
      await revoke(mine.key).expect(200);
      await app.withKey(mine.key).get('/v1/auth/me').expect(401);
      expect((await app.auditEvents(acme.id, 'api_key.revoked')).at(-1)).toMatchObject({
        actor_type: 'api_key',
        actor_id: mine.id,
        target_id: mine.id,
      });
    });

    it('may be anything: what is unknown or over already is no error, what ends elsewhere is', async () => {
      const forged = issueCredential('ghr', acme.id, randomUUID()).text;
      for (const token of ['nonsense', 'ey', 'gh_', 'ghr_', forged]) await revoke(token).expect(200);
      const { body, headers } = await revoke(issueCredential('ghs', acme.id, randomUUID()).text).expect(400);
      expect(body).toEqual({ error: 'unsupported_token_type', error_description: expect.any(String) });
      expect(headers['content-type']).toMatch(/^application\/json/);
      for (const [wrong, why] of [
        [undefined, 'token: This field is required.'],
        ['', 'token: token must be longer than or equal to 1 characters.'],
        [7, 'token: This field is one text.'],
      ]) {
        const { body: said } = await revoke(wrong).expect(400);
        expect(said).toEqual({ error: 'invalid_request', error_description: why });
      }
    });
  });

  describe('at a gateway', () => {
    it('lets the request through with who is asking in the headers', async () => {
      const person = await app.http(viewer.accessToken).get(verify('runs:read')).expect(204);
      expect(person.headers).toMatchObject({
        'x-workspace-id': acme.id,
        'x-principal': `user:${viewer.userId}`,
        'x-role': 'viewer',
      });
      const program = await app.withKey(key.key).get(verify()).expect(204);
      expect(program.headers).toMatchObject({
        'x-workspace-id': acme.id,
        'x-principal': `api_key:${key.id}`,
        'x-role': 'none',
      });
    });

    it('stops the request with 401 or 403', async () => {
      await app.http().get(verify('runs:read')).expect(401);
      const person = await app.http(viewer.accessToken).get(verify('workflows:publish')).expect(403);
      expect(person.body.code).toBe('forbidden');
      expect(person.headers).not.toHaveProperty('x-principal');
      const program = await app.withKey(key.key).get(verify('audit:read')).expect(403);
      expect(program.body.code).toBe('insufficient_scope');
      expect(program.headers['www-authenticate']).toBe(
        'Bearer realm="gatehouse", error="insufficient_scope"',
      );
      expect(person.headers).not.toHaveProperty('www-authenticate');
      await app.http(viewer.accessToken).get(verify('no:such')).expect(403);
      await app.http(acme.admin.accessToken).get(verify('toString')).expect(403);
      expect((await app.auditEvents(acme.id, 'access.refused')).length).toBeGreaterThan(0);
    });
  });
});

/** A token with these claims under the service's own key: what only the service itself could make. */
async function sign(app: TestApp, claims: Record<string, unknown>): Promise<string> {
  const { kid, privateKey } = app.app.get(SigningKeysService, { strict: false }).current();
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid }).sign(privateKey);
}
