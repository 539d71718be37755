import { startApp, type TestApp } from '../support/app';

const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8';

type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options';

describe('A known address, asked with a method that it does not take', () => {
  let service: TestApp;
  beforeAll(async () => (service = await startApp()));
  afterAll(() => service?.close());

  const ask = (method: Method, path: string, accept = '*/*') =>
    service.http()[method](path).set('accept', accept);

  it.each<[Method, string, string]>([
    ['put', '/v1/members', 'GET, HEAD'],
    ['options', '/v1/members?role=admin', 'GET, HEAD'],
    ['head', '/v1/auth/login', 'POST'],
    ['get', '/v1/auth/login', 'POST'],
    ['post', '/v1/members/0', 'DELETE, GET, HEAD, PATCH'],
    // Two routes stand for this one: a deed and whichever member has the id.
    ['put', '/v1/members/bulk', 'DELETE, GET, HEAD, PATCH, POST'],
    ['post', '/', 'GET, HEAD'],
  ])('says which ones it takes: %s %s', async (method, path, allow) => {
    const { headers } = await ask(method, path).expect(405);
    expect(headers).toMatchObject({ allow, 'content-type': 'application/problem+json; charset=utf-8' });
    expect(headers['x-request-id']).toBeDefined();
  });

  it('says it in the format of its room', async () => {
    const problem = await ask('patch', '/v1/auth/me').expect(405);
    expect(problem.body).toMatchObject({
      ...{ type: 'urn:gatehouse:problem:method_not_allowed', title: 'Method not allowed', status: 405 },
      ...{ code: 'method_not_allowed', detail: 'This address takes no PATCH. It takes GET, HEAD.' },
    });
    const scim = await ask('put', '/scim/v2/Users').expect(405);
    expect(scim.headers['content-type']).toContain('application/scim+json');
    expect(scim.headers.allow).toBe('GET, HEAD, POST');
    expect(scim.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '405',
    });
    for (const path of ['/oauth/token', '/v1/auth/revoke']) {
      const oauth = await ask('get', path, BROWSER).expect(405);
      expect(oauth.headers.allow).toBe('POST');
      expect(oauth.body).toMatchObject({ error: 'invalid_request' });
    }
    for (const path of ['/login/second-factor', '/console/sign-out', '/sso/saml/x/acs']) {
      const page = await ask('get', path, BROWSER).expect(405);
      expect(page.headers).toMatchObject({ allow: 'POST', 'content-type': 'text/html; charset=utf-8' });
      expect(page.text).not.toContain('You could not be signed in');
    }
  });

  it('answers the same whatever stands for an id, and whoever asks', async () => {
    const { admin } = await service.workspace();
    const answers = [
      await ask('post', `/v1/members/${admin.memberId}`),
      await ask('post', '/v1/members/nobody'),
      await service.http(admin.accessToken).post(`/v1/members/${admin.memberId}`),
      await service.http('wrong').post('/v1/members/nobody').send('{').type('json'),
    ];
    const seen = answers.map(({ status, headers, body }) => [
      ...[status, headers.allow, headers['www-authenticate']],
      { ...body, instance: undefined },
    ]);
    expect(seen).toEqual(seen.map(() => seen[0]));
  });

  it('is counted like every other answer, without what was asked for', async () => {
    await ask('put', '/v1/members/somebody').expect(405);
    const { text } = await service.http().get('/metrics').expect(200);
    expect(text).toMatch(/method="PUT",route="unknown",status="405"/);
    expect(text).not.toContain('somebody');
  });

  it.each<[Method, string]>([
    ['post', '/nowhere'],
    ['put', '/v1/members/'],
    ['put', '/v1/members/a/nothing'],
    ['post', '/v1/membersX'],
    ['post', '/xwell-known/jwks.json'],
  ])('is another thing than an unknown one: %s %s', async (method, path) => {
    const { headers } = await ask(method, path).expect(404);
    expect(headers.allow).toBeUndefined();
  });
});
