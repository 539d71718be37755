import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  issueScimToken,
  PATCH_OP,
  ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
} from '../support/scim-client';

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

describe('Addresses below the base URL of SCIM', () => {
  let app: TestApp;
  let acme: ScimWorkspace;
  let scim: ScimClient;
  let ada: ScimUser;

  beforeAll(async () => {
    app = await startApp({ RATE_LIMITS: 'on' });
    acme = await scimWorkspace(app);
    scim = acme.scim;
    ada = await scim.create({ userName: 'ada' });
  });
  afterAll(() => app?.close());

  /** Of the base URL with a slash at its end, of an endpoint with one behind it, and of both. */
  const SPELLINGS: ((path: string) => string)[] = [
    (path) => `/${path}`,
    (path) => path.replace(/(?=\?|$)/, '/'),
    (path) => `//${path.replace(/(?=\?|$)/, '//')}`,
  ];

  it.each(SPELLINGS)('lead to the same place with slashes that say nothing: %#', async (spelled) => {
    for (const path of [
      '/Users?filter=userName%20eq%20"ada"',
      `/Users/${ada.id}`,
      '/Groups',
      '/ServiceProviderConfig',
      '/ResourceTypes/User',
      '/Schemas',
    ]) {
      const plain = await scim.get(path).expect(200);
      const { body, headers } = await scim.get(spelled(path)).expect(200);
      expect(body).toEqual(plain.body);
      expect(headers['content-type']).toBe('application/scim+json; charset=utf-8');
      expect(headers.location).toBe(plain.headers.location);
    }
  });

  it.each(SPELLINGS)('take changes there: %#', async (spelled) => {
    const { body } = await scim.post(spelled('/Users'), { userName: 'spelled' }).expect(201);
    const one = spelled(`/Users/${body.id}`);
    await scim.patch(one, { op: 'replace', path: 'title', value: 'Boss' }).expect(200);
    await scim.put(one, { userName: 'spelled', title: 'Chief' }).expect(200);
    await scim.post(spelled('/Users/.search'), { filter: 'title eq "Chief"' }).expect(200);
    const data = { Operations: [{ op: 'replace', path: 'title', value: 'Head' }] };
    const bulk = await scim
      .post(spelled('/Bulk'), { schemas: [BULK], Operations: [{ method: 'PATCH', path: one, data }] })
      .expect(200);
    expect(bulk.body.Operations).toMatchObject([{ status: '200', location: body.meta.location }]);
    expect((await scim.get(`/Users/${body.id}`).expect(200)).body.title).toBe('Head');
    await scim.delete(one).expect(204);
    expectScimError(await scim.delete(one), 404);
  });

  it.each(SPELLINGS)('are guarded, limited and refused as they are there: %#', async (spelled) => {
    const users = spelled('/Users');
    const nobody = await app.http().get(`/scim/v2${users}`).expect(401);
    expect(nobody.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
    const reading = await issueScimToken(app, acme.admin, { name: 'Reader', scopes: ['read'] });
    const reader = new ScimClient(app, reading.token);
    const { headers } = await reader.get(users).expect(200);
    expect(headers.ratelimit).toMatch(/^"account";r=\d+/);
    const refused = await reader.post(users, { userName: 'x' });
    expectScimError(refused, 403);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="gatehouse", error="insufficient_scope"');
    const other = await scim.delete(users).expect(405);
    expect(other.headers.allow).toBe('GET, HEAD, POST');
    expectScimError(await scim.get(spelled('/Nowhere')), 404);
  });

  it.each(SPELLINGS)('take bodies as large as they do there: %#', async (spelled) => {
    const nickName = 'x'.repeat(1_200_000);
    expectScimError(await scim.post(spelled('/Users'), { userName: 'large', nickName }), 413);
    const { body } = await scim.post(spelled('/Groups'), { displayName: 'large', nickName }).expect(201);
    await scim.delete(`/Groups/${body.id}`).expect(204);
  });

  it.each(SPELLINGS)('stand in the activity log under their one name: %#', async (spelled) => {
    await scim.get(spelled(`/Users/${ada.id}`)).expect(200);
    await scim.patchRaw(spelled(`/Users/${ada.id}`), { schemas: [PATCH_OP] }).expect(400);
    const { body } = await app
      .http(acme.admin.accessToken)
      .get('/v1/scim/activity')
      .query({ limit: 2 })
      .expect(200);
    expect(body.data.map(({ method, path }: { method: string; path: string }) => [method, path])).toEqual([
      ['PATCH', `/Users/${ada.id}`],
      ['GET', `/Users/${ada.id}`],
    ]);
  });

  it('are others where a slash is escaped, and anywhere else', async () => {
    expectScimError(await scim.get('/Users%2F'), 404);
    await app.http(scim.token).get('/scim//v2/Users').expect(404);
    await app.http(acme.admin.accessToken).get('/v1/members/').expect(404);
    await app.http(acme.admin.accessToken).get('/v1//members').expect(404);
  });
});
