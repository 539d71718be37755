import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { parseJson } from '../support/scim-client';

const escaped = (letter: string): string => `%${letter.charCodeAt(0).toString(16)}`;

describe('A request of an unusual form', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
  });
  afterAll(() => app?.close());

  const admin = () => app.http(acme.admin.accessToken);

  it('with a segment longer than any id is refused in the format of its room, as one with an unknown id', async () => {
    const long = 'x'.repeat(300);
    const plain = await admin().get(`/v1/members/${long}`).expect(404);
    expect(plain.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(plain.body).toMatchObject({ code: 'not_found', instance: plain.headers['x-request-id'] });
    const scim = await app.http().get(`/scim/v2/Schemas/${long}`).expect(401);
    expect(scim.headers['content-type']).toMatch(/^application\/scim\+json/);
    const page = await app.http().get(`/sso/saml/${long}/login`).set('accept', 'text/html').expect(404);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
  });

  /** What comes back for these bytes until the connection ends. */
  const answerTo = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(app.config.port, '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      socket.on('error', reject).on('close', () => resolve(answer));
    });

  it.each([
    ['that is not HTTP', 'GET /v1/auth/me HTTP/1.1\r\nno colon\r\n\r\n', 400],
    ['that expects what nobody promised', 'GET / HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n', 417],
    ['with headers without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s gets a problem with a request id as well', async (_, text, status) => {
    const [head, body] = (await answerTo(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('content-type: application/problem+json');
    const problem = JSON.parse(body!) as Record<string, string>;
    expect(problem).toMatchObject({ status, code: 'bad_request' });
    expect(head).toContain(`x-request-id: ${problem.instance}`);
  });

  it.each([
    ['/health/live', 'application/problem+json'],
    ['/scim/v2/Users', 'application/scim+json'],
    ['/nowhere', 'application/problem+json'],
  ])(
    'that names its host twice, or not at all, is refused before anything is done: %s',
    async (path, type) => {
      const ask = (...hosts: string[]): Promise<string> => {
        const lines = [...hosts.map((host) => `Host: ${host}`), 'Date: a', 'connection: close'];
        return answerTo(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      };
      for (const hosts of [['a', 'a'], ['a', 'b'], []]) {
        const answer = await ask(...hosts);
        expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*x-request-id: /);
        expect(answer).toContain(type);
        expect(answer).toContain('Send the header Host, once.');
      }
      expect(await ask('a')).not.toMatch(/^HTTP\/1\.1 400 /);
      expect(await answerTo(`GET ${path} HTTP/1.0\r\n\r\n`)).not.toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  describe.each<[string, (path: string) => string]>([
    ['with letters escaped', (path) => path.replace(/[a-z]/g, escaped)],
    ['with an origin before it', (path) => `http://localhost:${app.config.port}${path}`],
  ])('whose address is spelled in another way, %s, is none that other rules hold for', (_, spelled) => {
    const ask = (method: string, path: string, token: string): Promise<string> =>
      answerTo(
        `${method} ${spelled(path)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer ${token}\r\n\r\n`,
      );

    it('it is answered in the format of its room', async () => {
      expect(await ask('GET', '/scim/v2/Schemas', 'x')).toMatch(
        /^HTTP\/1\.1 401 [^]+ application\/scim\+json/,
      );
      expect(await ask('POST', '/oauth/token', 'x')).toContain('"error":"invalid_request"');
      const other = await ask('PUT', '/v1/members', 'x');
      expect(other).toMatch(/^HTTP\/1\.1 405 /);
      expect(other).toContain('allow: GET, HEAD\r\n');
    });

    it('a directory stands in the activity log', async () => {
      const { body } = await admin().post('/v1/scim/tokens').send({ name: 'Okta' }).expect(201);
      expect(await ask('GET', '/scim/v2/ResourceTypes', body.token)).toMatch(/^HTTP\/1\.1 200 /);
      const { body: activity } = await admin().get('/v1/scim/activity').query({ limit: 1 }).expect(200);
      expect(activity.data).toMatchObject([{ path: '/ResourceTypes', directory: { tokenName: 'Okta' } }]);
    });

    it('whoever is refused a secret stands in the audit log', async () => {
      const { body } = await admin().post('/v1/secrets').send({ name: 'S', value: 'v' }).expect(201);
      const viewer = await app.member(acme, 'viewer');
      const answer = await ask('POST', `/v1/secrets/${body.id}/reveal`, viewer.accessToken);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      const refused = await app.auditEvents(acme.id, 'secret.access_refused');
      expect(refused).toContainEqual(
        expect.objectContaining({ target_id: body.id, actor_id: viewer.userId }),
      );
      await admin().delete(`/v1/secrets/${body.id}`).expect(204);
    });
  });

  const login = (body: string) =>
    app.http().post('/v1/auth/login').set('content-type', 'application/json').serialize(String).send(body);

  it.each([
    ['lists', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['objects', `{"email":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)},"password":"x"}`],
  ])('with %s in one another without end is refused before anybody walks them', async (_, text) => {
    expect((await login(text).expect(400)).body.code).toBe('nested_too_deeply');
  });

  const fields = Array.from({ length: 20_000 }, (_, index) => `field-${index}`);

  it('with fields without end is refused before each is held against all others, as JSON and as a form', async () => {
    const text = JSON.stringify({ ...Object.fromEntries(fields.map((name) => [name, ''])), password: 'x' });
    expect((await login(text).expect(400)).body.code).toBe('too_many_fields');
    const page = await app
      .http()
      .post('/login')
      .type('form')
      .accept('html')
      .send(fields.join('&'))
      .expect(400);
    expect(page.text).toContain('An object may have 1000 fields here');
  });

  it('with many unknown fields is told of a hundred of them', async () => {
    const text = JSON.stringify(Object.fromEntries(fields.slice(0, 900).map((name) => [name, ''])));
    expect((await login(text).expect(400)).body.errors).toHaveLength(100);
  });

  it('with bytes that are not UTF-8 is refused: different passwords would become the same', async () => {
    const agent = app.http().post('/v1/auth/login').set('content-type', 'application/json');
    agent.write(Buffer.from('{"email":"a@acme.test","password":"correct horse \xff"}', 'latin1'));
    expect((await agent.expect(400)).body).toMatchObject({
      code: 'malformed_json',
      detail: 'The body is not UTF-8.',
    });
  });

  it('with half a character, or one that cannot be stored, is refused wherever it stands', async () => {
    const half = await login('{"email":"\\ud800","password":"x"}').expect(400);
    expect(half.body.code).toBe('malformed_json');
    const nul = await login('{"email":"a@acme.test","password":"x","workspace":"a\\u0000"}').expect(400);
    expect(nul.body.code).toBe('validation_failed');
    const other = await admin().post('/v1/auth/switch').send({ workspace: 'a\u0000' }).expect(400);
    expect(other.body.code).toBe('validation_failed');
  });

  it('with plain text is refused by its type, whatever the text says', async () => {
    const send = (path: string, text: string, token?: string) =>
      app.http(token).post(path).type('text/plain; charset=utf-8').send(text);
    for (const text of ['x', '{"email":"a@acme.test","password":"x"}']) {
      const { body } = await send('/v1/auth/login', text).expect(415);
      expect(body.code).toBe('unsupported_media_type');
    }
    const scim = await send('/scim/v2/Users', '{}').expect(415);
    expect(scim.body).toMatchObject({ status: '415' });
    expect((await send('/v1/auth/introspect', 'x', acme.admin.accessToken).expect(415)).body.code).toBe(
      'unsupported_media_type',
    );
    await send('/nowhere', 'x').expect(404);
  });

  it.each([
    ['/v1/auth/login', 'application/json', 'application/problem+json'],
    ['/v1/auth/introspect', 'application/x-www-form-urlencoded', 'application/problem+json'],
    ['/scim/v2/Users', 'application/scim+json', 'application/scim+json'],
    ['/oauth/token', 'application/x-www-form-urlencoded', 'application/json'],
  ])('with a compressed body is told so, in the format of its room: %s', async (path, type, answered) => {
    const send = (encoding: string, body: Buffer) => {
      const agent = app.http().post(path).set({ 'content-type': type, 'content-encoding': encoding });
      agent.write(body);
      return agent;
    };
    for (const encoding of ['gzip', 'br', 'identity, deflate']) {
      const { headers, text } = await send(encoding, gzipSync('{}')).expect(415);
      expect(headers).toMatchObject({ 'accept-encoding': 'identity' });
      expect(headers['content-type']).toContain(answered);
      expect(text).toContain('Send the body as it is, without a Content-Encoding');
    }
    expect((await send('identity', Buffer.from('{}'))).status).toBeLessThan(415);
    await app.http().get('/health/live').set('content-encoding', 'gzip').expect(200);
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain; charset=utf-8',
    'application/xml',
    'application/json-patch+json',
    'json',
  ])(
    'with another type where JSON is read is told which is, and what it says is not repeated: %s',
    async (type) => {
      const send = (path: string) =>
        app
          .http()
          .post(path)
          .set('content-type', type)
          .serialize(String)
          .send('{"email":"a","password":"hush"}');
      for (const [path, read] of [
        ['/v1/auth/login', 'application/json'],
        ['/access/v1/evaluation', 'application/json'],
        ['/scim/v2/Users', 'application/scim+json or application/json'],
      ] as const) {
        const { body } = await send(path)
          .buffer(true)
          .parse(parseJson as never)
          .expect(415);
        expect(body.detail).toBe(`Send the body as ${read}, and name that as its content type.`);
        expect(JSON.stringify(body)).not.toContain('hush');
      }
    },
  );

  it('with a form where forms are read is none of those', async () => {
    const send = (path: string, text: string) => app.http().post(path).type('form').send(text);
    await send('/v1/auth/revoke', 'token=x').expect(200);
    await send('/v1/auth/introspect', 'token=x').expect(401);
    await send('/login', 'email=a%40acme.test').expect(200);
  });

  it('that names the type of a body it does not have is read as one without', async () => {
    const typed = { 'content-type': 'application/json' };
    const { body: key } = await admin()
      .post('/v1/api-keys')
      .send({ name: 'One', scopes: ['runs:read'] })
      .expect(201);
    const { body: next } = await admin().post(`/v1/api-keys/${key.id}/rotate`).set(typed).expect(201);
    await admin().delete(`/v1/api-keys/${next.id}`).set(typed).expect(204);
    expect((await admin().post('/v1/api-keys').set(typed).expect(400)).body.code).toBe('validation_failed');
    await admin().get('/v1/members').set('content-type', 'text/plain').expect(200);
    const noText = { 'content-type': 'text/plain', 'content-length': '0' };
    await admin().post('/v1/auth/logout').set(noText).expect(204);
    const another = app.http((await app.signIn(acme.admin.email)).accessToken);
    await another.post('/v1/auth/logout').set(typed).expect(204);
  });
});
