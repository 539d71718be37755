import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  parseJson,
  LIST,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

/** Okta's public SPEC and CRUD suites, and what its connectors were seen to send. */
describe('The Okta SCIM client', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let okta: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    okta = workspace.scim.with({
      accept: 'application/scim+json',
      'content-type': 'application/scim+json; charset=utf-8',
      'user-agent': 'Okta SCIM Client 1.0.0',
    });
  });
  afterAll(() => app.close());

  /** What Okta posts when a person is assigned: with an empty group list and a random password. */
  const assignment = (userName: string) => ({
    schemas: [USER],
    userName,
    name: { givenName: 'Ada', familyName: 'Byron' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: 'Ada Byron',
    locale: 'en-US',
    externalId: `00u-${userName}`,
    groups: [],
    password: 'x8RndPassword',
    active: true,
  });
  const byName = (userName: string) =>
    okta.find(`userName eq "${userName}"`, { startIndex: '1', count: '100' });

  describe('in its SPEC suite', () => {
    it('reads the first user of a page with everything Okta requires', async () => {
      await okta.post('/Users', assignment('first@acme.test')).expect(201);
      const { body } = await okta
        .find('userName eq "first@acme.test"', { count: '1', startIndex: '1' })
        .expect(200);
      expect(body).toMatchObject({ schemas: [LIST], itemsPerPage: 1, startIndex: 1, totalResults: 1 });
      expect(body.Resources[0]).toMatchObject({
        id: expect.any(String),
        name: { givenName: 'Ada', familyName: 'Byron' },
        userName: 'first@acme.test',
        active: true,
        emails: [{ value: 'first@acme.test' }],
      });
      const { body: same } = await okta.get(`/Users/${body.Resources[0].id}`).expect(200);
      expect(same).toEqual(body.Resources[0]);
    });

    it('tests its credentials by a page of one', async () => {
      const { body } = await okta.get('/Users?count=1&startIndex=1').expect(200);
      expect(body).toMatchObject({ schemas: [LIST], itemsPerPage: 1, startIndex: 1 });
      expect(typeof body.totalResults).toBe('number');
      expect(body.Resources[0]).toMatchObject({
        id: expect.any(String),
        name: { givenName: expect.stringMatching(/./), familyName: expect.stringMatching(/./) },
        userName: expect.stringMatching(/./),
        active: true,
        emails: [{ value: expect.stringMatching(/@/) }],
      });
    });

    it('finds nobody under a name that nobody has', async () => {
      const { body } = await byName('nobody@acme.test').expect(200);
      expect(body).toEqual({
        schemas: [LIST],
        totalResults: 0,
        startIndex: 1,
        itemsPerPage: 0,
        Resources: [],
      });
    });

    it('gets a SCIM error for an unknown id', async () => {
      expectScimError(await okta.get('/Users/00919288221112222'), 404);
    });

    it('creates a user as application/json, reads it back, and is told when it exists', async () => {
      const json = okta.with({ 'content-type': 'application/json' });
      const { body } = await json.post('/Users', assignment('spec@acme.test')).expect(201);
      expect(body).toMatchObject({
        schemas: [USER],
        id: expect.any(String),
        active: true,
        userName: 'spec@acme.test',
        name: { givenName: 'Ada', familyName: 'Byron' },
        externalId: '00u-spec@acme.test',
        locale: 'en-US',
      });
      expect(JSON.stringify(body)).not.toMatch(/password|Rnd/);
      expect((await json.get(`/Users/${body.id}`).expect(200)).body).toEqual(body);
      expectScimError(await json.post('/Users', assignment('spec@acme.test')), 409, 'uniqueness');
    });

    it('finds a user under the name in capitals', async () => {
      await okta.create({ userName: 'letters@acme.test' });
      const { body } = await byName('LETTERS@ACME.TEST').expect(200);
      expect(body.Resources).toEqual([expect.objectContaining({ userName: 'letters@acme.test' })]);
    });

    it.each(['non-token', 'Bearer non-token', 'Basic YTpi', ''])(
      'is refused with %j',
      async (authorization) => {
        const response = await app
          .http()
          .get('/scim/v2/Users')
          .set('authorization', authorization)
          .buffer(true)
          .parse(parseJson as never);
        expectScimError(response, 401);
        expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
      },
    );
  });

  describe.each<
    ['a wizard app (PUT)' | 'a catalogue app (PATCH)', (user: ScimUser, active: boolean) => Promise<unknown>]
  >([
    [
      'a wizard app (PUT)',
      async (user, active) => okta.put(`/Users/${user.id}`, { ...user, active }).expect(200),
    ],
    [
      'a catalogue app (PATCH)',
      async (user, active) =>
        okta.patch(`/Users/${user.id}`, { op: 'replace', value: { active } }).expect(200),
    ],
  ])('as %s', (kind, setActive) => {
    it('follows a person from assignment to reactivation under one id', async () => {
      const userName = kind.startsWith('a wizard') ? 'wizard@acme.test' : 'catalogue@acme.test';
      expect((await byName(userName)).body.totalResults).toBe(0);
      const { body: created } = await okta.post('/Users', assignment(userName)).expect(201);

      const { body: read } = await okta.get(`/Users/${created.id}`).expect(200);
      await okta
        .put(`/Users/${created.id}`, { ...read, name: { givenName: 'Augusta', familyName: 'Byron' } })
        .expect(200);
      expect((await byName(userName)).body.Resources[0].name).toEqual({
        givenName: 'Augusta',
        familyName: 'Byron',
      });

      await setActive(read, false);
      expect((await okta.get(`/Users/${created.id}`).expect(200)).body.active).toBe(false);
      expect((await byName(userName)).body.Resources[0]).toMatchObject({ id: created.id, active: false });

      await setActive(read, true);
      expect((await byName(userName)).body.Resources[0]).toMatchObject({ id: created.id, active: true });
      await setActive(read, false);
      expect((await okta.get(`/Users/${created.id}`)).body.active).toBe(false);
    });
  });

  it('may send back everything it was answered', async () => {
    const user = await okta.create({
      userName: 'echo@acme.test',
      emails: [{ value: 'echo@acme.test', primary: true }],
    });
    const { body } = await okta.put(`/Users/${user.id}`, {
      ...user,
      groups: [{ value: 'g1', display: 'Engineering' }],
      emails: [{ value: 'echo@acme.test', primary: true, display: 'echo@acme.test' }],
      password: 'another',
    });
    expect(body).toMatchObject({ id: user.id, userName: 'echo@acme.test', active: true });
    expect(body).not.toHaveProperty('groups');
    expect(body).not.toHaveProperty('password');
  });

  it('imports everybody page by page: each user once, whole numbers, the number of all exact', async () => {
    const importing = await scimWorkspace(app);
    await Promise.all(Array.from({ length: 24 }, () => importing.scim.create()));
    const seen: string[] = [];
    for (let startIndex = 1; startIndex <= 25; startIndex += 10) {
      const { body } = await importing.scim.get(`/Users?startIndex=${startIndex}&count=10`).expect(200);
      expect(body).toMatchObject({ totalResults: 25, startIndex, itemsPerPage: startIndex > 20 ? 5 : 10 });
      seen.push(...(body.Resources as ScimUser[]).map(({ id }) => id));
    }
    expect(new Set(seen).size).toBe(25);
  });

  it('leaves the password nowhere', async () => {
    await okta.post('/Users', assignment('nowhere@acme.test')).expect(201);
    const rows = await app.sql<{ found: boolean }>(
      `select exists (select from members m where to_jsonb(m)::text like '%x8RndPassword%')
           or exists (select from users u where to_jsonb(u)::text like '%x8RndPassword%')
           or exists (select from audit_events a where to_jsonb(a)::text like '%x8RndPassword%') as found`,
    );
    expect(rows).toEqual([{ found: false }]);
  });
});
