import { startApp, type TestApp, type TestWorkspace } from '../support/app';

describe('A request with a parameter in its query', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
  });
  afterAll(() => app?.close());

  const admin = () => app.http(acme.admin.accessToken);

  it.each([
    ['GET', '/v1/auth/me'],
    ['GET', '/v1/workspace'],
    ['GET', '/v1/members/counts'],
    ['PATCH', '/v1/workspace'],
    ['POST', '/v1/api-keys'],
    ['DELETE', '/v1/auth/sessions'],
  ] as const)(
    'that the call does not read is told so, once it is known who asks: %s %s',
    async (method, path) => {
      const ask = (query: string, token?: string) =>
        app.http(token)[method.toLowerCase() as 'get'](`${path}?${query}`);
      const { body } = await ask('dryRun=true&limit=5', acme.admin.accessToken).expect(400);
      expect(body.code).toBe('validation_failed');
      expect(body.errors).toEqual(
        ['dryRun', 'limit'].map((field) => ({ field, message: 'This field is not known here.' })),
      );
      await ask('dryRun=true').expect(401);
    },
  );

  it('is told so also where nobody is known yet, and not where others decide what is sent', async () => {
    const unknown = await app.http().post('/v1/auth/discover?x=1').send({ email: 'a@acme.test' }).expect(400);
    expect(unknown.body.errors).toMatchObject([{ field: 'x' }]);
    await admin().get('/v1/auth/verify/for/any/runs/1?x=1').expect(200);
    await app.http().get('/.well-known/jwks.json?x=1').expect(200);
    await app.http().get('/health/live?x=1').expect(200);
    await app.http().get('/login?x=1').expect(200);
  });

  it('reads short lists page by page, too', async () => {
    for (const path of ['/v1/roles', '/v1/permissions', '/v1/api-keys/scopes']) {
      const { body: whole } = await admin().get(path).expect(200);
      expect(whole.nextCursor).toBeNull();
      const { body: first } = await admin().get(path).query({ limit: 2 }).expect(200);
      expect(first.data).toEqual(whole.data.slice(0, 2));
      const { body: rest } = await admin().get(path).query({ cursor: first.nextCursor }).expect(200);
      expect([...first.data, ...rest.data]).toEqual(whole.data);
      await admin().get(path).query({ cursor: 'x' }).expect(400);
    }
    expect((await admin().get('/v1/auth/factors').query({ limit: 1 }).expect(200)).body.data).toEqual([]);
  });
});
