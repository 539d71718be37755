import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp, type TestApp } from '../support/app';

/** Fields whose names say all there is to say, in whatever body they stand. */
const OBVIOUS = new Set([
  ...['id', 'name', 'displayName', 'email', 'slug', 'title', 'userAgent', 'createdAt', 'updatedAt'],
  ...['memberId', 'connectionId', 'workspaceId', 'data', 'nextCursor'],
]);

describe('The service', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());

  it('tells its probes that it is up and that the database answers', async () => {
    await service.http().get('/health/live').expect(200);
    await service.http().get('/health/ready').expect(200, { status: 'ok' });
    const { text } = await service
      .http()
      .get('/metrics')
      .expect(200)
      .expect('content-type', /text\/plain/);
    expect(text).toContain('http_request_duration_seconds');
  });

  it('signs an admin in and publishes the key that verifies the token', async () => {
    const { admin } = await service.workspace();
    const [header] = admin.accessToken.split('.');
    const { kid, typ, alg } = JSON.parse(Buffer.from(header!, 'base64url').toString()) as Record<
      string,
      string
    >;
    expect({ typ, alg }).toEqual({ typ: 'at+jwt', alg: 'ES256' });
    const { body } = await service.http().get('/.well-known/jwks.json').expect(200);
    expect(body.keys).toEqual([expect.objectContaining({ kid, kty: 'EC', use: 'sig' })]);
    expect(body.keys[0]).not.toHaveProperty('d');
  });

  it('answers every error as a problem with a stable code and the request id', async () => {
    const unknown = await service.http().get('/v1/nowhere').expect(404);
    expect(unknown.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(unknown.body).toMatchObject({
      code: 'not_found',
      status: 404,
      instance: unknown.headers['x-request-id'],
    });

    const login = () => service.http().post('/v1/auth/login');
    const malformed = await login().set('content-type', 'application/json').send('{"email"').expect(400);
    expect(malformed.body.code).toBe('malformed_json');
    const repeated = await service
      .http()
      .post('/v1/auth/login')
      .set('content-type', 'application/json')
      .send('{"email":"a@acme.test","password":"x","email":"b@acme.test"}')
      .expect(400);
    expect(repeated.body.code).toBe('repeated_field');
    const unknownField = await login().send({ email: 'a@b.test', password: 'x', evil: 1 }).expect(400);
    expect(unknownField.body).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'evil', message: 'This field is not known here.' }],
    });
    const missing = await login().send({ email: 7 }).expect(400);
    expect(missing.body).toMatchObject({
      code: 'validation_failed',
      errors: [
        { field: 'email', message: 'This field is one text.' },
        { field: 'password', message: 'This field is required.' },
      ],
    });
    const admin = service.http((await service.workspace()).admin.accessToken);
    const scope = { notSeenForDays: '30' };
    for (const [body, errors] of [
      [{ name: 'x', scope: [] }, [{ field: 'scope', message: 'This field is one object.' }]],
      [{ name: 'x', scope: null }, [{ field: 'scope', message: 'This field is one object.' }]],
      [{ name: 'x', scope }, [{ field: 'scope.notSeenForDays', message: 'This field is one number.' }]],
    ] as const)
      expect((await admin.post('/v1/access-reviews').send(body).expect(400)).body.errors).toEqual(errors);
    const huge = await login()
      .send({ email: 'x'.repeat(1_100_000), password: 'x' })
      .expect(413);
    expect(huge.body.code).toBe('payload_too_large');
    const wrong = await login().send({ email: 'nobody@nowhere.test', password: 'x' }).expect(401);
    expect(wrong.body.code).toBe('invalid_credentials');
    expect(wrong.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('leads from its bare address to the console, and so to the sign-in', async () => {
    await service.http().get('/').expect(303).expect('location', '/console');
    const { text } = await service.http().get('/console').set('accept', 'text/html').expect(401);
    expect(text).toContain('href="/login"');
  });

  it('describes itself in OpenAPI 3.1', async () => {
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    expect(body.openapi).toMatch(/^3\.1/);
    expect(body.paths).toHaveProperty('/v1/auth/login');
    const chapters = (body.tags as { name: string }[]).map(({ name }) => name);
    const used = Object.values(body.paths as Record<string, Record<string, { tags: string[] }>>)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ tags }) => tags);
    expect([...new Set(used)].filter((tag) => !chapters.includes(tag))).toEqual([]);
    type Described = { summary?: string; responses: Record<string, { content?: object }> };
    for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, Described>>)) {
      for (const { summary, responses } of Object.values(methods)) {
        expect([path, summary]).toEqual([path, expect.any(String)]);
        if (!path.startsWith('/v1/') || path === '/v1/auth/revoke') continue;
        expect([path, Object.keys(responses)]).toEqual([path, expect.arrayContaining(['429'])]);
        const refusals = Object.entries(responses).filter(([status]) => status.startsWith('4'));
        for (const [status, { content }] of refusals)
          expect([path, status, content]).not.toContain(undefined);
      }
    }
    await service
      .http()
      .get('/docs')
      .expect(200)
      .expect('content-type', /html/)
      .expect('content-security-policy', /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
  });

  it('says of each field of a body what it means, where its name does not say it all', async () => {
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    type Schema = { properties?: Record<string, { description?: string; $ref?: string; allOf?: object[] }> };
    const silent = Object.entries(body.components.schemas as Record<string, Schema>).flatMap(
      ([schema, { properties = {} }]) =>
        Object.entries(properties)
          .filter(
            ([name, { description, $ref, allOf }]) => !(description ?? $ref ?? allOf) && !OBVIOUS.has(name),
          )
          .map(([name]) => `${schema}.${name}`),
    );
    expect(silent).toEqual([]);
  });

  it('describes no two bodies under one name: the second would take the place of the first', () => {
    const root = join(__dirname, '../../src');
    const described = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .filter((source) => source.includes('@ApiProperty'))
      .flatMap((source) =>
        [...source.matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].map(([, name]) => name),
      );
    expect(described.filter((name, at) => described.indexOf(name) !== at)).toEqual([]);
  });
});
