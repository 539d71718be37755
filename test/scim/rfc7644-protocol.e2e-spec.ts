import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  expectScimError,
  parseJson,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

const UNKNOWN = '0198f0a0-0000-7000-8000-000000000000';

describe('RFC 7644, the protocol', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
  });
  afterAll(() => app.close());

  const found = async (client: ScimClient, filter: string) =>
    ((await client.find(filter).expect(200)).body.Resources as ScimUser[]).map(({ userName }) => userName);

  describe('§2 authentication', () => {
    it.each(['/Users', `/Users/${UNKNOWN}`, '/ServiceProviderConfig', '/Schemas', '/ResourceTypes', '/Me'])(
      '%s needs a token and says so in an error message of SCIM',
      async (path) => {
        const response = await app
          .http()
          .get(`/scim/v2${path}`)
          .buffer(true)
          .parse(parseJson as never);
        expectScimError(response, 401);
        expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
      },
    );

    it('two credentials at once are none', async () => {
      expectScimError(await scim.with({ 'x-api-key': 'gh_x' }).get('/Users'), 400);
    });
  });

  describe('§3.1 media types', () => {
    it.each([
      'application/scim+json',
      'application/scim+json; charset=utf-8',
      'application/scim+json;charset=UTF-8',
      'application/json',
      'application/json; charset=utf-8',
    ])('%s is read, and answered as application/scim+json', async (type) => {
      const userName = `${randomUUID()}@acme.test`;
      const { headers } = await scim
        .with({ 'content-type': type })
        .post('/Users', { schemas: [USER], userName })
        .expect(201);
      expect(headers['content-type']).toBe('application/scim+json; charset=utf-8');
    });

    it.each(['application/xml', 'multipart/form-data'])('%s is not', async (type) => {
      expectScimError(await scim.with({ 'content-type': type }).post('/Users', '<x/>'), 415);
    });

    it.each(['application/scim+json', 'application/json'])(
      'a DELETE may name %s although it has no body',
      async (type) => {
        const { id } = await scim.create();
        await scim.with({ 'content-type': type }).delete(`/Users/${id}`).expect(204);
        const { id: other } = await scim.create();
        await scim.with({ 'content-type': type }).delete(`/Users/${other}`).send('{}').expect(204);
      },
    );
  });

  describe('§3.11 and §3.12', () => {
    it('there is no /Me: 501 to every method', async () => {
      const answers = [
        scim.get('/Me'),
        scim.post('/Me', {}),
        scim.put('/Me', {}),
        scim.patch('/Me'),
        scim.delete('/Me'),
      ];
      for (const answer of await Promise.all(answers)) expectScimError(answer, 501);
    });

    it.each(['/Nonsense', '/', '', '/Users/a/b'])('an unknown address %j is a SCIM error', async (path) => {
      expectScimError(await scim.get(path), 404);
    });

    it.each(['application/scim+json', 'application/json'])(
      'malformed JSON as %s is invalidSyntax',
      async (type) => {
        const { id } = await scim.create();
        const junk = scim.with({ 'content-type': type });
        for (const text of ['{', '{"a":', 'nonsense', '[1,', '{"schemas": [junk', '\u0000', '"\\ud800"']) {
          expectScimError(await junk.post('/Users', text), 400, 'invalidSyntax');
          expectScimError(await junk.put(`/Users/${id}`, text), 400, 'invalidSyntax');
          expectScimError(await junk.patchRaw(`/Users/${id}`, text), 400, 'invalidSyntax');
        }
      },
    );

    it.each(['null', '[]', '5', '"x"', 'true', ''])('a body that is %j is refused', async (text) => {
      const response = await scim.post('/Users', text);
      expectScimError(response, 400, 'invalidSyntax');
    });

    it('a body of more than a mebibyte is 413', async () => {
      expectScimError(await scim.post('/Users', { userName: 'x', title: 'x'.repeat(1024 * 1024) }), 413);
    });

    it('a very deep body is read without harm', async () => {
      const deep = `{"userName":"deep","name":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
      const { status } = await scim.post('/Users', deep);
      expect([201, 400]).toContain(status);
      const bomb = '['.repeat(500_000);
      expectScimError(await scim.post('/Users', bomb), 400, 'invalidSyntax');
    });

    it.each<[string, object]>([
      ['a number for a userName', { userName: 5 }],
      ['a number for an externalId', { userName: 'x', externalId: 12345 }],
      ['a list for a userName', { userName: ['a', 'b'] }],
      ['text for a name', { userName: 'x', name: 'Ada' }],
      ['a word for active', { userName: 'x', active: 'perhaps' }],
      ['numbers for emails', { userName: 'x', emails: [1] }],
      ['text for an extension', { userName: 'x', [ENTERPRISE]: 'x' }],
      ['a NUL', { userName: 'a\u0000b' }],
      ['an endless name', { userName: 'x'.repeat(10_000) }],
      ['an endless list', { userName: 'x', emails: Array(1_000).fill({ value: 'a@b.c' }) }],
      ['no userName', { displayName: 'x' }],
      ['an empty userName', { userName: '' }],
    ])('%s is invalidValue and leaves nothing behind', async (_what, body) => {
      const count = async () => (await scim.get('/Users?count=0')).body.totalResults as number;
      const before = await count();
      expectScimError(await scim.post('/Users', { schemas: [USER], ...body }), 400, 'invalidValue');
      expect(await count()).toBe(before);
    });

    it('the names of object machinery do no harm', async () => {
      const text = `{"schemas":["${USER}"],"userName":"proto@acme.test","__proto__":{"active":false},"constructor":{"prototype":{"x":1}}}`;
      const { status } = await scim.post('/Users', text);
      expect([201, 400]).toContain(status);
      const { id } = await scim.create();
      await scim.patch(`/Users/${id}`, { op: 'add', value: { constructor: { prototype: { x: 1 } } } });
      expect(({} as Record<string, unknown>).x).toBeUndefined();
    });

    it('the longest names that are taken can be stored and found', async () => {
      const userName = '\u{1F600}'.repeat(256);
      const { id } = await scim.create({ userName, externalId: userName, emails: [{ value: userName }] });
      expect(await found(scim, `externalId eq "${userName}"`)).toEqual([userName]);
      await scim.delete(`/Users/${id}`).expect(204);
    });
  });
});
