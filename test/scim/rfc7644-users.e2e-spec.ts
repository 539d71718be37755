import { startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  expectScimError,
  LIST,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

const UNKNOWN = '0198f0a0-0000-7000-8000-000000000000';

describe('RFC 7644, creating, reading and listing users', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
  });
  afterAll(() => app.close());

  const read = async (id: string) => (await scim.get(`/Users/${id}`).expect(200)).body as ScimUser;
  const found = async (client: ScimClient, filter: string) =>
    ((await client.find(filter).expect(200)).body.Resources as ScimUser[]).map(({ userName }) => userName);

  describe('§3.3 creating', () => {
    it('answers 201, the whole resource, its location and version', async () => {
      const sent = {
        schemas: [USER, ENTERPRISE],
        userName: 'Created@acme.test',
        externalId: 'X-1',
        displayName: 'Ada',
        name: { givenName: 'Ada', familyName: 'Byron' },
        emails: [{ value: 'Created@Acme.Test', type: 'work', primary: true }],
        title: 'Countess',
        [ENTERPRISE]: { department: 'R&D', employeeNumber: '42' },
      };
      const { body, headers } = await scim.post('/Users', sent).expect(201);
      const location = `${app.config.publicUrl}/scim/v2/Users/${body.id}`;
      expect(body).toEqual({
        ...sent,
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        active: true,
        meta: {
          resourceType: 'User',
          created: expect.stringMatching(/^\d{4}-.*Z$/),
          lastModified: body.meta.created,
          location,
          version: expect.stringMatching(/^W\/"/),
        },
      });
      expect(headers).toMatchObject({ location, etag: body.meta.version });
      expect(await read(body.id)).toEqual(body);
    });

    it('makes a viewer of the workspace, marked as coming from a directory', async () => {
      const { id } = await scim.create();
      const [member] = await app.sql('select role, approver, source, removed_at from members where id = $1', [
        id,
      ]);
      expect(member).toEqual({ role: 'viewer', approver: false, source: 'scim', removed_at: null });
    });

    it('takes roles and groups of the directory for what they are: nothing that grants anything', async () => {
      const { id } = await scim.create({
        roles: [{ value: 'admin', primary: true }],
        groups: [{ value: 'admins' }],
      });
      const [member] = await app.sql('select role, approver from members where id = $1', [id]);
      expect(member).toEqual({ role: 'viewer', approver: false });
    });

    it.each([
      ['userName in another case', { userName: 'TAKEN@acme.test', emails: [{ value: 'free@acme.test' }] }],
      ['email in another case', { userName: 'free@acme.test', emails: [{ value: 'TAKEN@ACME.test' }] }],
    ])('answers 409 uniqueness for the same %s', async (_what, fields) => {
      await scim.post('/Users', { schemas: [USER], userName: 'taken@acme.test' });
      expectScimError(await scim.post('/Users', { schemas: [USER], ...fields }), 409, 'uniqueness');
    });

    it('answers 409 also for somebody inactive, whose id stays valid', async () => {
      const user = await scim.create({ active: false });
      expect(user.active).toBe(false);
      expectScimError(
        await scim.post('/Users', { schemas: [USER], userName: user.userName }),
        409,
        'uniqueness',
      );
      expect((await read(user.id)).active).toBe(false);
    });

    it('lets one of ten equal requests at the same time through', async () => {
      const responses = await Promise.all(
        Array.from({ length: 10 }, () =>
          scim.post('/Users', { schemas: [USER], userName: 'race@acme.test' }),
        ),
      );
      expect(responses.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
      for (const refused of responses.filter(({ status }) => status === 409))
        expectScimError(refused, 409, 'uniqueness');
    });

    it('takes null for absent and a userName that is no address', async () => {
      const user = await scim.create({ userName: 'countess', emails: null, name: null, active: null });
      expect(user).toMatchObject({ userName: 'countess', active: true });
      expect(user).not.toHaveProperty('emails');
    });

    it('takes the schemas of the drafts, and emails that are an object', async () => {
      const { body } = await scim
        .post('/Users', {
          schemas: ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'],
          userName: 'onelogin',
          emails: { value: 'onelogin@acme.test' },
          name: { familyName: 'Byron', givenName: 'Ada' },
        })
        .expect(201);
      expect(body).toMatchObject({ schemas: [USER], emails: [{ value: 'onelogin@acme.test' }] });
    });

    it('keeps a deleted name free for a new user', async () => {
      const before = await scim.create({ userName: 'again@acme.test' });
      await scim.delete(`/Users/${before.id}`).expect(204);
      const after = await scim.create({ userName: 'again@acme.test' });
      expect((await read(after.id)).active).toBe(true);
      expect(await found(scim, 'userName eq "again@acme.test"')).toEqual(['again@acme.test']);
    });
  });

  describe('§3.4.1 reading', () => {
    it('answers an unknown, a foreign, a deleted and a malformed id alike', async () => {
      const foreign = await (await scimWorkspace(app)).scim.create();
      const deleted = await scim.create();
      await scim.delete(`/Users/${deleted.id}`).expect(204);
      const answers = await Promise.all(
        [UNKNOWN, foreign.id, deleted.id, 'x', '1%27%20or%201=1', '%00', '%zz'].flatMap((id) => [
          scim.get(`/Users/${id}`),
          scim.put(`/Users/${id}`, { schemas: [USER], userName: 'x' }),
          scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }),
          scim.delete(`/Users/${id}`),
        ]),
      );
      for (const answer of answers) {
        expectScimError(answer, 404);
        expect(answer.body).toEqual(answers[0]!.body);
      }
    });

    it('sees every member of the workspace, however they came in', async () => {
      const { scim: directory, admin, id, slug } = await scimWorkspace(app);
      const invited = await app.member({ id, slug }, 'editor');
      const { body } = await directory.get('/Users').expect(200);
      expect((body.Resources as ScimUser[]).map((user) => [user.id, user.userName])).toEqual([
        [admin.memberId, admin.email],
        [invited.memberId, invited.email],
      ]);
      expect(body.Resources[1]).toMatchObject({
        active: true,
        emails: [{ value: invited.email, type: 'work', primary: true }],
      });
    });

    it('answers 304 to a version that is still current (§3.14)', async () => {
      const { id, meta } = await scim.create();
      await scim.with({ 'if-none-match': meta.version }).get(`/Users/${id}`).expect(304);
      await scim.with({ 'if-none-match': 'W/"other"' }).get(`/Users/${id}`).expect(200);
    });
  });

  describe('§3.4.2 listing', () => {
    let listed: ScimWorkspace;
    beforeAll(async () => {
      listed = await scimWorkspace(app);
      await listed.scim.create({
        userName: 'Ada',
        externalId: 'E1',
        displayName: 'Ada "the Countess" Byron',
        emails: [
          { value: 'ada@acme.test', type: 'work', primary: true },
          { value: 'ada@home.test', type: 'home' },
        ],
      });
      await listed.scim.create({
        userName: 'bob.smith',
        externalId: 'e1',
        [ENTERPRISE]: { costCenter: '4130' },
        emails: [{ value: 'bob@acme.test', type: 'home' }],
      });
      await listed.scim.create({
        userName: 'eve',
        active: false,
        emails: null,
        displayName: "O'Malley",
        [ENTERPRISE]: { department: '' },
      });
    });

    it.each([
      ['userName eq "ADA"', ['Ada']],
      ['USERNAME Eq "ada"', ['Ada']],
      [`${USER}:userName eq "ada"`, ['Ada']],
      ['userName ne "ada"', ['admin', 'bob.smith', 'eve']],
      ['userName co "o" and userName sw "bob"', ['bob.smith']],
      ['userName eq "bob.smith"', ['bob.smith']],
      ['externalId eq "E1"', ['Ada']],
      ['externalId eq "e1"', ['bob.smith']],
      ['externalId pr', ['Ada', 'bob.smith']],
      ['not (externalId eq "E1")', ['admin', 'bob.smith', 'eve']],
      ['externalId ne "E1"', ['admin', 'bob.smith', 'eve']],
      ['externalId eq null', ['admin', 'eve']],
      ['active eq false', ['eve']],
      ['active eq "False"', ['eve']],
      ['active eq true and userName sw "a"', ['admin', 'Ada']],
      ['email eq "ADA@acme.test"', ['Ada']],
      ['emails eq "ada@home.test"', ['Ada']],
      ['emails.value eq "ada@home.test"', ['Ada']],
      ['emails[type eq "work"].value eq "ada@acme.test"', ['Ada']],
      ['emails[type eq "work"].value eq "ada@home.test"', []],
      ['emails[type eq "home" and value ew "acme.test"]', ['bob.smith']],
      ['emails[primary eq true]', ['admin', 'Ada']],
      ['emails pr', ['admin', 'Ada', 'bob.smith']],
      [`schemas eq "${ENTERPRISE}"`, ['bob.smith', 'eve']],
      [`not (SCHEMAS eq "${ENTERPRISE.toUpperCase()}") and schemas eq "${USER}"`, ['admin', 'Ada']],
      ['schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"', []],
      ['displayName eq "ada \\"the countess\\" byron"', ['Ada']],
      ['displayName eq "O\'Malley"', ['eve']],
      ['userName eq "ada" or userName eq "eve" and active eq true', ['Ada']],
      ['(userName eq "ada" or userName eq "eve") and active eq false', ['eve']],
      [`id eq "${UNKNOWN}"`, []],
      ['id eq "nonsense"', []],
      ['userName eq "%"', []],
      ['userName co "%"', []],
      ['userName sw "_"', []],
    ])('§3.4.2.2 finds by %s', async (filter, names) => {
      const actual = (await found(listed.scim, filter)).map((name) => name.replace(/^admin@.*/, 'admin'));
      expect(actual).toEqual(names);
    });

    it('§3.4.2.2 finds by id', async () => {
      const { body } = await listed.scim.get('/Users');
      for (const { id, userName } of body.Resources as ScimUser[]) {
        expect(await found(listed.scim, `id eq "${id}"`)).toEqual([userName]);
      }
    });

    it.each([
      '',
      'userName',
      'userName eq',
      'userName eq ada',
      'userName gt 5',
      'active gt true',
      'nonsense eq "x"',
      'password eq "x"',
      'userName eq "a" or',
      'userName eq "a"; drop table members; --',
      `userName eq "a' or '1'='1`,
      'userName eq "\\u0000"',
      '__proto__ eq "x"',
      `${'('.repeat(200)}userName pr${')'.repeat(200)}`,
      `userName eq "${'x'.repeat(5_000)}"`,
      Array(100).fill('userName pr').join(' or '),
    ])('§3.4.2.2 refuses the filter %#, rather than answer it wrongly', async (filter) => {
      expectScimError(await listed.scim.find(filter), 400, 'invalidFilter');
    });

    it.each([
      `' or '1'='1`,
      `'; drop table members; --`,
      `\\"; select pg_sleep(5); --`,
      `$1`,
      `x') or true --`,
      '\\u0027 or true --',
    ])('§7.4 takes SQL in a filter for text: %s', async (attack) => {
      for (const attribute of [
        'userName',
        'externalId',
        'displayName',
        'emails.value',
        'emails[type eq "work"].value',
      ]) {
        expect(await found(listed.scim, `${attribute} eq "${attack}"`)).toEqual([]);
      }
      expect((await listed.scim.get('/Users')).body.totalResults).toBe(4);
    });

    it('takes + for a space, a trailing & and ?, and parameters it does not know', async () => {
      const { body } = await listed.scim
        .get('/Users?aadOptscim062020&filter=userName+eq+%22ada%22&')
        .expect(200);
      expect(body.totalResults).toBe(1);
      await listed.scim.get('/Users?').expect(200);
    });

    it('knows its parameters in whatever case: a filter that is passed over would find everybody', async () => {
      const { body } = await listed.scim
        .get('/Users?Filter=userName+pr&StartIndex=2&COUNT=1&Attributes=id')
        .expect(200);
      expect(body).toMatchObject({ totalResults: 4, startIndex: 2, itemsPerPage: 1 });
      expect(Object.keys(body.Resources[0] as object)).toEqual(['schemas', 'id']);
      const twice = await listed.scim.get('/Users?filter=userName+pr&Filter=id+pr');
      expectScimError(twice, 400, 'invalidValue');
      expectScimError(await listed.scim.get('/Schemas?FILTER=id+pr'), 403);
    });

    it.each([
      ['', 1, 4, 4],
      ['startIndex=2&count=2', 2, 2, 4],
      ['startIndex=0&count=1', 1, 1, 4],
      ['startIndex=-7&count=1', 1, 1, 4],
      ['count=0', 1, 0, 4],
      ['count=-1', 1, 0, 4],
      ['count=100000', 1, 4, 4],
      ['startIndex=5', 5, 0, 4],
      ['startIndex=99999999999999999999&count=99999999999999999999', Number.MAX_SAFE_INTEGER, 0, 4],
    ])('§3.4.2.4 pages by %s', async (query, startIndex, itemsPerPage, totalResults) => {
      const { body } = await listed.scim.get(`/Users?${query}`).expect(200);
      expect(body).toMatchObject({ schemas: [LIST], startIndex, itemsPerPage, totalResults });
      expect(body.Resources).toHaveLength(itemsPerPage);
    });

    it.each(['startIndex=x', 'count=1.5', 'count=1&count=2', 'filter=a&filter=b'])(
      '§3.4.2.4 refuses %s',
      async (query) => {
        expectScimError(await listed.scim.get(`/Users?${query}`), 400, 'invalidValue');
      },
    );

    it('§3.4.2.5 and §3.9 leaves out what was not asked for', async () => {
      const only = await listed.scim
        .find('userName eq "ada"', { attributes: 'userName,emails.type' })
        .expect(200);
      expect(Object.keys(only.body.Resources[0]).sort()).toEqual(['emails', 'id', 'schemas', 'userName']);
      expect(only.body.Resources[0].emails).toEqual([{ type: 'work' }, { type: 'home' }]);
      const without = await listed.scim
        .find('userName eq "ada"', { excludedAttributes: 'emails,id' })
        .expect(200);
      expect(without.body.Resources[0]).toMatchObject({ id: expect.any(String), userName: 'Ada' });
      expect(without.body.Resources[0]).not.toHaveProperty('emails');
    });

    it('does not see another workspace', async () => {
      expect(await found(scim, 'userName eq "bob.smith"')).toEqual([]);
    });
  });
});
