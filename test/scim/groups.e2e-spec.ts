import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app';
import { rounds } from '../support/rounds';
import {
  expectScimError,
  GROUP,
  LIST,
  type ScimClient,
  type ScimGroup,
  type ScimUser,
  type ScimWorkspace,
  scimWorkspace,
} from '../support/scim-client';

const NOBODY = '019a0000-0000-7000-8000-00000000dead';

describe('Groups of a directory', () => {
  let service: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;
  let ada: ScimUser;
  let bob: ScimUser;

  beforeAll(async () => {
    service = await startApp();
    workspace = await scimWorkspace(service);
    scim = workspace.scim;
    ada = await scim.create({ displayName: 'Ada Byron' });
    bob = await scim.create();
  });
  afterAll(() => service?.close());

  const events = (type: string, id: string) =>
    service
      .auditEvents(workspace.id, type)
      .then((all) => all.filter(({ target_id }) => target_id === id).map(({ data }) => data));

  describe('when created', () => {
    it('are answered whole, with their place and version', async () => {
      const displayName = `Engineering ${randomUUID()}`;
      const answer = await scim.post('/Groups', {
        schemas: [GROUP],
        displayName,
        externalId: '8aa1',
        members: [{ value: ada.id, display: 'whatever' }, bob.id],
      });
      const group = answer.body as ScimGroup;
      expect(answer.status).toBe(201);
      expect(group).toEqual({
        schemas: [GROUP],
        id: expect.any(String),
        displayName,
        externalId: '8aa1',
        members: [
          { value: ada.id, type: 'User', display: 'Ada Byron', $ref: ada.meta.location },
          { value: bob.id, type: 'User', display: bob.userName, $ref: bob.meta.location },
        ],
        meta: {
          resourceType: 'Group',
          created: expect.any(String),
          lastModified: expect.any(String),
          location: `${service.config.publicUrl}/scim/v2/Groups/${group.id}`,
          version: expect.stringMatching(/^W\/".+"$/),
        },
      });
      expect(answer.headers.location).toBe(group.meta.location);
      expect(answer.headers.etag).toBe(group.meta.version);
      expect((await scim.get(`/Groups/${group.id}`).expect(200)).body).toEqual(group);
      expect(await events('scim.group_created', group.id)).toEqual([
        { displayName, externalId: '8aa1', membersAdded: { count: 2, ids: [ada.id, bob.id].sort() } },
      ]);
    });

    it('may come as Entra sends them: without members, under its own URN and with meta', async () => {
      const { body } = await scim
        .post('/Groups', {
          schemas: [GROUP, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
          externalId: randomUUID(),
          displayName: `Entra ${randomUUID()}`,
          meta: { resourceType: 'Group' },
        })
        .expect(201);
      expect(body.members).toEqual([]);
    });

    it('need a name that no other group has, in whatever case, until that one is deleted', async () => {
      const displayName = `Sales ${randomUUID()}`;
      const first = await scim.createGroup({ displayName });
      expectScimError(
        await scim.post('/Groups', { displayName: displayName.toUpperCase() }),
        409,
        'uniqueness',
      );
      expectScimError(await scim.post('/Groups', { members: [] }), 400, 'invalidValue');
      expectScimError(await scim.post('/Groups', { displayName: ' ' }), 400, 'invalidValue');
      expectScimError(await scim.post('/Groups', { displayName: 'x'.repeat(513) }), 400, 'invalidValue');
      await scim.delete(`/Groups/${first.id}`).expect(204);
      await scim.createGroup({ displayName });
    });

    it('let one of several through that want the same name at once', async () => {
      const displayName = `Rush ${randomUUID()}`;
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => scim.post('/Groups', { displayName, members: [ada.id] })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    });

    it.each([
      ['an unknown id', () => [{ value: NOBODY }], NOBODY],
      ['no id', () => [{ value: 'bob' }], 'bob'],
      ['nobody beside somebody', () => [{ value: ada.id }, { value: NOBODY }], NOBODY],
    ])('are refused with %s among the members, which is named', async (_, members, named) => {
      const displayName = `g-${randomUUID()}`;
      const answer = await scim.post('/Groups', { displayName, members: members() });
      expectScimError(answer, 400, 'invalidValue');
      expect(answer.body.detail).toContain(named);
      const { body } = await scim.get('/Groups').query({ filter: `displayName eq "${displayName}"` });
      expect(body.totalResults).toBe(0);
    });

    it('say the same of a foreign id as of an unknown one', async () => {
      const elsewhere = await scimWorkspace(service);
      const stranger = await elsewhere.scim.create();
      const group = await elsewhere.scim.createGroup();
      const details = await Promise.all(
        [NOBODY, stranger.id, group.id].map(async (value) => {
          const answer = await scim.post('/Groups', {
            displayName: `g-${randomUUID()}`,
            members: [{ value }],
          });
          expectScimError(answer, 400, 'invalidValue');
          return (answer.body.detail as string).replace(value, 'X');
        }),
      );
      expect(new Set(details).size).toBe(1);
    });

    it.each([
      ['a number as member', { members: [7] }],
      ['a member without value', { members: [{ display: 'Bob' }] }],
      ['a name that is no text', { displayName: { value: 'x' } }],
      ['an external id that is a number', { externalId: 12 }],
    ])('are refused with %s', async (_, fields) => {
      expectScimError(
        await scim.post('/Groups', { displayName: `g-${randomUUID()}`, ...fields }),
        400,
        'invalidValue',
      );
    });
  });

  describe('when read', () => {
    it('leave the members out when they are not asked for', async () => {
      const { id } = await scim.createGroup({ members: [ada.id] });
      const get = async (query: object) =>
        (await scim.get(`/Groups/${id}`).query(query).expect(200)).body as object;
      expect(await get({ excludedAttributes: 'members' })).not.toHaveProperty('members');
      expect(await get({ excludedAttributes: `${GROUP}:Members` })).not.toHaveProperty('members');
      expect(await get({ attributes: 'displayName' })).not.toHaveProperty('members');
      expect(await get({ attributes: 'members.value' })).toMatchObject({ members: [{ value: ada.id }] });
      expect(await get({})).toHaveProperty('members');
    });

    it('are found by name in any case and by external id exactly', async () => {
      const displayName = `Ops ${randomUUID()}`;
      const { id } = await scim.createGroup({
        displayName,
        externalId: `X-${displayName}`,
        members: [ada.id],
      });
      const find = async (filter: string, more = {}) =>
        (
          await scim
            .get('/Groups')
            .query({ filter, ...more })
            .expect(200)
        ).body as {
          totalResults: number;
          Resources: ScimGroup[];
        };
      expect(await find(`displayName eq "${displayName.toUpperCase()}"`)).toMatchObject({
        schemas: [LIST],
        totalResults: 1,
        Resources: [{ id, members: [{ value: ada.id }] }],
      });
      expect(
        (await find(`DisplayName Eq "${displayName}"`, { excludedAttributes: 'members' })).Resources,
      ).toEqual([expect.not.objectContaining({ members: expect.anything() })]);
      expect((await find(`externalId eq "X-${displayName}"`)).totalResults).toBe(1);
      expect((await find(`externalId eq "x-${displayName}"`)).totalResults).toBe(0);
      expect((await find(`id eq "${id}"`)).totalResults).toBe(1);
      expect((await find(`displayName eq "${randomUUID()}"`)).totalResults).toBe(0);
      const named = `displayName eq "${displayName}"`;
      expect((await find(`members[value eq "${ada.id}"] and ${named}`)).totalResults).toBe(1);
      expect((await find(`members.value eq "${ada.id}" and ${named}`)).totalResults).toBe(1);
      expect((await find(`members eq "${bob.id}" and ${named}`)).totalResults).toBe(0);
      expect((await find(`members[type eq "Group"] and ${named}`)).totalResults).toBe(0);
      expect((await find(`id eq "${id}" and members eq "${ada.id}"`)).totalResults).toBe(1);
      expectScimError(await scim.get('/Groups').query({ filter: 'nonsense' }), 400, 'invalidFilter');
    });

    it('are listed page by page with the exact number of all', async () => {
      const { scim: directory } = await scimWorkspace(service);
      const made: string[] = [];
      for (let count = 0; count < 5; count += 1) made.push((await directory.createGroup()).id);
      await directory.delete(`/Groups/${made[2]}`).expect(204);
      const kept = made.filter((_, index) => index !== 2);
      const page = async (startIndex: number, count: number) =>
        (await directory.get('/Groups').query({ startIndex, count }).expect(200)).body as {
          totalResults: number;
          itemsPerPage: number;
          Resources: ScimGroup[];
        };
      expect((await page(1, 100)).Resources.map(({ id }) => id)).toEqual(kept);
      expect(await page(2, 2)).toMatchObject({
        totalResults: 4,
        startIndex: 2,
        itemsPerPage: 2,
        Resources: [{ id: kept[1] }, { id: kept[2] }],
      });
      expect(await page(1, 0)).toMatchObject({ totalResults: 4, itemsPerPage: 0, Resources: [] });
    });

    it('do not name users whom the directory deleted, and still those it locked out', async () => {
      const [gone, out] = [await scim.create(), await scim.create()];
      const { id } = await scim.createGroup({ members: [gone.id, out.id] });
      await scim.delete(`/Users/${gone.id}`).expect(204);
      await scim.patch(`/Users/${out.id}`, { op: 'Replace', path: 'active', value: 'False' }).expect(200);
      expect(await scim.membersOf(id)).toEqual([out.id]);
    });
  });

  describe('when replaced', () => {
    it('become what is sent: name, external id and exactly these members', async () => {
      const group = await scim.createGroup({ externalId: 'x', members: [ada.id] });
      const displayName = `Renamed ${randomUUID()}`;
      const { body } = await scim
        .put(`/Groups/${group.id}`, { ...group, displayName, externalId: null, members: [{ value: bob.id }] })
        .expect(200);
      expect(body).toMatchObject({ id: group.id, displayName, members: [{ value: bob.id }] });
      expect(body).not.toHaveProperty('externalId');
      expect(body.meta.version).not.toBe(group.meta.version);
      expect(await events('scim.group_updated', group.id)).toEqual([
        {
          displayName,
          changes: {
            displayName: { before: group.displayName, after: displayName },
            externalId: { before: 'x', after: null },
          },
          membersAdded: { count: 1, ids: [bob.id] },
          membersRemoved: { count: 1, ids: [ada.id] },
        },
      ]);
      await scim.put(`/Groups/${group.id}`, { displayName }).expect(200);
      expect(await scim.membersOf(group.id)).toEqual([]);
    });

    it('stay as they are, version included, when they are sent back as they were read', async () => {
      const group = await scim.createGroup({ members: [ada.id, bob.id] });
      const { body } = await scim.put(`/Groups/${group.id}`, group).expect(200);
      expect(body).toEqual(group);
      expect(await events('scim.group_updated', group.id)).toEqual([]);
    });

    it('change nothing when a member is unknown or the name is taken', async () => {
      const [group, other] = [await scim.createGroup({ members: [ada.id] }), await scim.createGroup()];
      expectScimError(
        await scim.put(`/Groups/${group.id}`, { displayName: 'x', members: [{ value: NOBODY }] }),
        400,
        'invalidValue',
      );
      expectScimError(
        await scim.put(`/Groups/${group.id}`, { displayName: other.displayName, members: [] }),
        409,
        'uniqueness',
      );
      expect((await scim.get(`/Groups/${group.id}`)).body).toEqual(group);
    });
  });

  describe('when deleted', () => {
    it('are gone, once', async () => {
      const { id, displayName } = await scim.createGroup({ members: [ada.id] });
      await scim.delete(`/Groups/${id}`).expect(204);
      expectScimError(await scim.delete(`/Groups/${id}`), 404);
      expectScimError(await scim.get(`/Groups/${id}`), 404);
      expectScimError(await scim.put(`/Groups/${id}`, { displayName }), 404);
      expectScimError(
        await scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [bob.id] }),
        404,
      );
      const { body } = await scim.get('/Groups').query({ filter: `displayName eq "${displayName}"` });
      expect(body.totalResults).toBe(0);
      expect(await events('scim.group_deleted', id)).toEqual([{ displayName, externalId: null }]);
      const kept = await service.sql('select member_id from directory_group_members where group_id = $1', [
        id,
      ]);
      expect(kept).toEqual([{ member_id: ada.id }]);
    });
  });

  describe('of another workspace', () => {
    it('are answered like unknown ones', async () => {
      const elsewhere = await scimWorkspace(service);
      const foreign = await elsewhere.scim.createGroup();
      const ask = async (id: string) => {
        const answers = [
          await scim.get(`/Groups/${id}`),
          await scim.put(`/Groups/${id}`, { displayName: 'x' }),
          await scim.patch(`/Groups/${id}`, { op: 'replace', path: 'displayName', value: 'x' }),
          await scim.delete(`/Groups/${id}`),
        ];
        return answers.map(({ status, body }) => ({ status, body: body as unknown }));
      };
      const answers = await ask(foreign.id);
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
      expect(answers).toEqual(await ask(NOBODY));
      expect((await elsewhere.scim.get(`/Groups/${foreign.id}`)).body).toEqual(foreign);
    });
  });

  describe('and their versions', () => {
    it('guard every write and spare a read', async () => {
      const group = await scim.createGroup({ members: [ada.id] });
      const path = `/Groups/${group.id}`;
      const known = scim.with({ 'if-none-match': group.meta.version });
      expect((await known.get(path)).status).toBe(304);
      await scim.patch(path, { op: 'add', path: 'members', value: [{ value: bob.id }] }).expect(204);
      const { body } = await known.get(path).expect(200);
      expect(body.meta.version).not.toBe(group.meta.version);
      expect(Date.parse(body.meta.lastModified)).toBeGreaterThan(Date.parse(group.meta.lastModified));

      const late = scim.with({ 'if-match': group.meta.version });
      expectScimError(await late.patch(path, { op: 'remove', path: 'members' }), 412);
      expectScimError(await late.put(path, { displayName: 'x' }), 412);
      expectScimError(await late.delete(path), 412);
      expect(await scim.membersOf(group.id)).toEqual([ada.id, bob.id].sort());
      await scim
        .with({ 'if-match': body.meta.version })
        .patch(path, { op: 'remove', path: 'members' })
        .expect(204);
      await scim.with({ 'if-match': '*' }).delete(path).expect(204);
    });

    it('let one of several win that name the same', async () => {
      for (let round = 0; round < rounds({ always: 5, nightly: 60 }); round += 1) {
        const group = await scim.createGroup();
        const guarded = scim.with({ 'if-match': group.meta.version });
        const answers = await Promise.all(
          [ada.id, bob.id].map((id) =>
            guarded.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: id }] }),
          ),
        );
        expect(answers.map(({ status }) => status).sort()).toEqual([204, 412]);
      }
    });
  });

  it('are described where connectors look', async () => {
    const { body: types } = await scim.get('/ResourceTypes').expect(200);
    expect(types.Resources).toContainEqual(
      expect.objectContaining({ id: 'Group', endpoint: '/Groups', schema: GROUP, schemaExtensions: [] }),
    );
    const { body: schema } = await scim.get(`/Schemas/${GROUP}`).expect(200);
    expect(schema.attributes).toEqual([
      expect.objectContaining({ name: 'displayName', required: true, uniqueness: 'server' }),
      expect.objectContaining({ name: 'members', multiValued: true, mutability: 'readWrite' }),
    ]);
  });
});
