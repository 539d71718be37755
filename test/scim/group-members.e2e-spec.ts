import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  GROUP,
  PATCH_OP,
  type ScimClient,
  type ScimGroup,
  type ScimUser,
  type ScimWorkspace,
  scimWorkspace,
} from '../support/scim-client';

const NOBODY = '019a0000-0000-7000-8000-00000000dead';

describe('A PATCH of a group', () => {
  let service: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;
  let people: ScimUser[];
  let ada: string;
  let bob: string;
  let cyd: string;

  beforeAll(async () => {
    service = await startApp();
    workspace = await scimWorkspace(service);
    scim = workspace.scim;
    people = [await scim.create(), await scim.create(), await scim.create()];
    [ada, bob, cyd] = people.map(({ id }) => id) as [string, string, string];
  });
  afterAll(() => service?.close());

  /** A group of Ada and Bob after these operations: who is in it, and what it is called. */
  const after = async (...operations: object[]): Promise<{ group: ScimGroup; members: string[] }> => {
    const { id } = await scim.createGroup({ members: [ada, bob] });
    await scim.patch(`/Groups/${id}`, ...operations).expect(204);
    const group = (await scim.get(`/Groups/${id}`).expect(200)).body as ScimGroup;
    return { group, members: group.members.map(({ value }) => value) };
  };

  it.each([
    ['display', () => `members[display eq "${people[2]!.userName}"]`],
    ['what it is beside an id', () => `members[value eq "${cyd}" and type eq "User"]`],
  ])('that adds somebody and takes them out again by %s leaves the version as it was', async (_, path) => {
    const { id } = await scim.createGroup({ members: [ada, bob] });
    const version = async () =>
      ((await scim.get(`/Groups/${id}`).expect(200)).body as ScimGroup).meta.version;
    const [before, events] = [await version(), (await service.auditEvents(workspace.id)).length];
    const add = { op: 'add', path: 'members', value: [{ value: cyd }] };
    await scim.patch(`/Groups/${id}`, add, { op: 'remove', path: path() }).expect(204);
    expect(await version()).toBe(before);
    expect(await service.auditEvents(workspace.id)).toHaveLength(events);
    await scim.patch(`/Groups/${id}`, { op: 'remove', path: path() }, add).expect(204);
    expect(await version()).not.toBe(before);
  });

  describe('lets members in and takes them out in every form directories use', () => {
    const value = (...ids: string[]) => ids.map((id) => ({ value: id }));
    it.each<[string, () => object[], () => string[]]>([
      ['add a list', () => [{ op: 'add', path: 'members', value: value(cyd) }], () => [ada, bob, cyd]],
      [
        'add one object',
        () => [{ op: 'add', path: 'members', value: { value: cyd } }],
        () => [ada, bob, cyd],
      ],
      ['add a bare id', () => [{ op: 'Add', path: 'members', value: cyd }], () => [ada, bob, cyd]],
      ['add bare ids', () => [{ op: 'ADD', path: 'Members', value: [cyd, cyd] }], () => [ada, bob, cyd]],
      [
        'add as Entra',
        () => [{ op: 'Add', path: 'members', value: [{ $ref: null, value: cyd }] }],
        () => [ada, bob, cyd],
      ],
      ['add without a path', () => [{ op: 'add', value: { members: value(cyd) } }], () => [ada, bob, cyd]],
      [
        'add by URN',
        () => [{ op: 'add', path: `${GROUP}:members`, value: value(cyd) }],
        () => [ada, bob, cyd],
      ],
      [
        'add under the URN',
        () => [{ op: 'add', value: { [GROUP]: { members: value(cyd) } } }],
        () => [ada, bob, cyd],
      ],
      [
        'add by $ref alone',
        () => [
          { op: 'add', path: 'members', value: [{ $ref: `https://elsewhere.test/scim/v2/Users/${cyd}` }] },
        ],
        () => [ada, bob, cyd],
      ],
      [
        'remove by $ref alone',
        () => [{ op: 'remove', path: 'members', value: [{ $ref: `../Users/${ada}` }] }],
        () => [bob],
      ],
      ['add nothing', () => [{ op: 'add', path: 'members', value: [] }], () => [ada, bob]],
      [
        'add somebody already in',
        () => [{ op: 'add', path: 'members', value: value(ada) }],
        () => [ada, bob],
      ],
      ['remove by filter', () => [{ op: 'remove', path: `members[value eq "${ada}"]` }], () => [bob]],
      [
        'remove by filter in capitals',
        () => [{ op: 'Remove', path: `members[Value Eq "${ada.toUpperCase()}"]` }],
        () => [bob],
      ],
      [
        'remove several by one filter',
        () => [{ op: 'remove', path: `members[value eq "${ada}" or value eq "${bob}"]` }],
        () => [],
      ],
      ['remove all but one', () => [{ op: 'remove', path: `members[value ne "${ada}"]` }], () => [ada]],
      ['remove by type', () => [{ op: 'remove', path: 'members[type eq "User"]' }], () => []],
      ['remove groups only', () => [{ op: 'remove', path: 'members[type eq "Group"]' }], () => [ada, bob]],
      [
        'remove by display',
        () => [{ op: 'remove', path: `members[display eq "${people[0]!.userName}"]` }],
        () => [bob],
      ],
      [
        'remove a list, as Entra',
        () => [{ op: 'Remove', path: 'members', value: [{ $ref: null, value: ada }] }],
        () => [bob],
      ],
      ['remove a bare id', () => [{ op: 'remove', path: 'members', value: bob }], () => [ada]],
      ['remove everybody', () => [{ op: 'remove', path: 'members' }], () => []],
      ['remove null', () => [{ op: 'remove', path: 'members', value: null }], () => []],
      ['remove an empty list', () => [{ op: 'remove', path: 'members', value: [] }], () => [ada, bob]],
      [
        'remove who is not in',
        () => [{ op: 'remove', path: `members[value eq "${cyd}"]` }],
        () => [ada, bob],
      ],
      [
        'remove an unknown id',
        () => [{ op: 'remove', path: `members[value eq "${NOBODY}"]` }],
        () => [ada, bob],
      ],
      [
        'remove what is no id',
        () => [{ op: 'remove', path: 'members', value: [{ value: 'u1' }] }],
        () => [ada, bob],
      ],
      ['replace', () => [{ op: 'replace', path: 'members', value: value(bob, cyd) }], () => [bob, cyd]],
      ['replace without a path', () => [{ op: 'Replace', value: { members: [cyd] } }], () => [cyd]],
      ['replace by nobody', () => [{ op: 'replace', path: 'members', value: [] }], () => []],
      ['replace by null', () => [{ op: 'replace', path: 'members', value: null }], () => []],
      [
        'remove and add, as Okta',
        () => [
          { op: 'remove', path: `members[value eq "${ada}"]` },
          { op: 'add', path: 'members', value: [{ value: cyd, display: 'cyd@acme.test' }] },
        ],
        () => [bob, cyd],
      ],
      [
        'add and then remove the same',
        () => [
          { op: 'add', path: 'members', value: value(cyd) },
          { op: 'remove', path: `members[value eq "${cyd}"]` },
        ],
        () => [ada, bob],
      ],
      [
        'remove and then add the same',
        () => [
          { op: 'remove', path: `members[value eq "${ada}"]` },
          { op: 'add', path: 'members', value: value(ada) },
        ],
        () => [ada, bob],
      ],
      [
        'remove everybody and then add one',
        () => [
          { op: 'remove', path: 'members' },
          { op: 'add', path: 'members', value: value(cyd) },
        ],
        () => [cyd],
      ],
      [
        'add, and remove by a filter that finds the newcomer',
        () => [
          { op: 'add', path: 'members', value: value(cyd) },
          { op: 'remove', path: `members[display eq "${people[2]!.userName}"]` },
          { op: 'add', path: 'members', value: [] },
        ],
        () => [ada, bob],
      ],
      ['no operation at all', () => [], () => [ada, bob]],
    ])('%s', async (_, operations, members) => {
      expect((await after(...operations())).members.sort()).toEqual(members().sort());
    });
  });

  it('renames beside members, tolerating the id in the value as Okta sends it', async () => {
    const { id } = await scim.createGroup({ members: [ada] });
    const displayName = `Renamed ${randomUUID()}`;
    await scim
      .patch(
        `/Groups/${id}`,
        { op: 'replace', value: { id, displayName, externalId: 'e1', schemas: [GROUP] } },
        { op: 'add', path: 'members', value: [{ value: bob }] },
      )
      .expect(204);
    const { body } = await scim.get(`/Groups/${id}`);
    expect(body).toMatchObject({ id, displayName, externalId: 'e1' });
    expect(await scim.membersOf(id)).toEqual([ada, bob].sort());
    const [event] = (await service.auditEvents(workspace.id, 'scim.group_updated')).slice(-1);
    expect(event!.data).toMatchObject({
      displayName,
      changes: { displayName: { after: displayName }, externalId: { before: null, after: 'e1' } },
      membersAdded: { count: 1, ids: [bob] },
    });
  });

  it('changes the name and the external id by paths, and takes the external id away', async () => {
    const { group } = await after(
      { op: 'Replace', path: 'externalId', value: 'one' },
      { op: 'Add', path: `${GROUP}:displayName`, value: [`n-${ada}`] },
    );
    expect(group).toMatchObject({ externalId: 'one', displayName: `n-${ada}` });
    await scim.patch(`/Groups/${group.id}`, { op: 'remove', path: 'externalId' }).expect(204);
    expect((await scim.get(`/Groups/${group.id}`)).body).not.toHaveProperty('externalId');
  });

  it('answers the group when attributes are asked for, and nothing otherwise', async () => {
    const { id } = await scim.createGroup();
    const add = { op: 'add', path: 'members', value: [ada] };
    const silent = await scim.patch(`/Groups/${id}`, add).expect(204);
    expect(silent.text ?? '').toBe('');
    const { body } = await scim.patch(`/Groups/${id}?attributes=members`, add).expect(200);
    expect(body).toMatchObject({ id, members: [{ value: ada }] });
    expect(body).not.toHaveProperty('displayName');
  });

  describe('that changes nothing', () => {
    it.each([
      ['somebody already in', () => ({ op: 'add', path: 'members', value: [ada] })],
      ['somebody not in', () => ({ op: 'remove', path: `members[value eq "${cyd}"]` })],
      ['everybody who is in', () => ({ op: 'replace', path: 'members', value: [bob, ada] })],
      ['a filter that finds nobody', () => ({ op: 'remove', path: 'members[display sw "zz"]' })],
    ])('writes nothing and leaves the version: %s', async (_, operation) => {
      const group = await scim.createGroup({ members: [ada, bob] });
      const before = (await service.auditEvents(workspace.id)).length;
      const path = `/Groups/${group.id}`;
      await scim
        .patch(path, { op: 'replace', value: { displayName: group.displayName } }, operation())
        .expect(204);
      expect((await scim.get(path)).body).toEqual(group);
      expect(await service.auditEvents(workspace.id)).toHaveLength(before);
    });
  });

  describe('that is wrong anywhere', () => {
    const add = (value: unknown) => ({ op: 'add', path: 'members', value });
    it.each<[string, object, string]>([
      ['an unknown member', add([{ value: NOBODY }]), 'invalidValue'],
      ['a member that is no id', add('somebody'), 'invalidValue'],
      ['a member without value', add([{ display: 'x' }]), 'invalidValue'],
      ['a number as member', add([12]), 'invalidValue'],
      ['add without value', { op: 'add', path: 'members' }, 'invalidValue'],
      ['an unknown operation', { op: 'move', path: 'members', value: [] }, 'invalidSyntax'],
      ['a filter that cannot be read', { op: 'remove', path: 'members[value eq' }, 'invalidPath'],
      ['a filter about what members have not', { op: 'remove', path: 'members[age eq "7"]' }, 'invalidPath'],
      ['a path that leads nowhere', { op: 'replace', path: 'colour', value: 'red' }, 'invalidPath'],
      ['remove without a path', { op: 'remove', value: { members: [] } }, 'noTarget'],
      ['a part of a member', { op: 'replace', path: 'members.value', value: NOBODY }, 'mutability'],
      [
        'another person in the place of one',
        { op: 'replace', path: `members[value eq "${NOBODY}"].value`, value: 'x' },
        'mutability',
      ],
      [
        'a member selected to be replaced',
        { op: 'replace', path: `members[value eq "${NOBODY}"]`, value: { value: 'x' } },
        'mutability',
      ],
      ['a part of members as a key', { op: 'add', value: { 'members.value': NOBODY } }, 'invalidPath'],
      ['a name taken away', { op: 'remove', path: 'displayName' }, 'mutability'],
      ['an empty name', { op: 'replace', path: 'displayName', value: '' }, 'invalidValue'],
      ['the id', { op: 'replace', path: 'id', value: NOBODY }, 'mutability'],
    ])('changes nothing at all: %s', async (_, operation, scimType) => {
      const group = await scim.createGroup({ members: [ada] });
      const path = `/Groups/${group.id}`;
      const fine = [
        { op: 'replace', path: 'externalId', value: 'changed' },
        { op: 'add', path: 'members', value: [{ value: bob }] },
      ];
      expectScimError(await scim.patch(path, ...fine, operation), 400, scimType);
      expectScimError(await scim.patch(path, operation, ...fine), 400, scimType);
      expect((await scim.get(path)).body).toEqual(group);
    });

    it('refuses a name that another group has', async () => {
      const [group, other] = [await scim.createGroup(), await scim.createGroup()];
      const rename = { op: 'replace', path: 'displayName', value: other.displayName.toUpperCase() };
      expectScimError(await scim.patch(`/Groups/${group.id}`, rename), 409, 'uniqueness');
    });

    it.each([
      ['no body', ''],
      ['a list', []],
      ['no operations', { schemas: [PATCH_OP] }],
      ['other schemas', { schemas: [GROUP], Operations: [] }],
    ])('refuses a message of %s', async (_, body) => {
      const { id } = await scim.createGroup();
      expectScimError(await scim.patchRaw(`/Groups/${id}`, body), 400, 'invalidSyntax');
    });
  });

  describe('at the same time as others', () => {
    it('loses nothing and conflicts with nobody: sixteen writers on one group', async () => {
      const { id } = await scim.createGroup();
      const crowd = await Promise.all(Array.from({ length: 32 }, () => scim.create()));
      const ids = crowd.map((user) => user.id);
      const statuses = await Promise.all(
        Array.from({ length: 16 }, async (_, writer) => {
          const mine = [ids[writer * 2]!, ids[writer * 2 + 1]!];
          const answers = [
            await scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: mine[0] }] }),
            await scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: mine[1] }] }),
            await scim.patch(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${mine[0]}"]` }),
          ];
          return answers.map(({ status }) => status);
        }),
      );
      expect(new Set(statuses.flat())).toEqual(new Set([204]));
      expect(await scim.membersOf(id)).toEqual(ids.filter((_, index) => index % 2 === 1).sort());
      const [tally] = await service.sql<{ n: number }>(
        `select sum(n)::int as n from tallies where subject = $1 and kind = 'members'`,
        [id],
      );
      expect(tally!.n).toBe(16);
    });

    it('does not stand in the way of who names the same people the other way round', async () => {
      const { id } = await scim.createGroup({ members: [ada, bob] });
      const statuses = await Promise.all(
        Array.from({ length: 24 }, async (_, writer) => {
          const [goes, comes] = writer % 2 === 0 ? [[ada, bob], [cyd]] : [[cyd], [bob, ada]];
          const { status } = await scim.patch(
            `/Groups/${id}`,
            { op: 'remove', path: 'members', value: goes.map((value) => ({ value })) },
            { op: 'add', path: 'members', value: comes.map((value) => ({ value })) },
          );
          return status;
        }),
      );
      expect(new Set(statuses)).toEqual(new Set([204]));
      expect([[ada, bob].sort(), [cyd]]).toContainEqual(await scim.membersOf(id));
    });

    it('takes long lists of the same people from several at once', async () => {
      const { id } = await scim.createGroup();
      const crowd = await Promise.all(Array.from({ length: 60 }, () => scim.create()));
      const ids = crowd.map((user) => user.id);
      const reversed = [...ids].reverse();
      const change = (op: string, value: string[]) =>
        scim.patch(`/Groups/${id}`, { op, path: 'members', value });
      const answers = await Promise.all(
        Array.from({ length: 9 }, (_, writer) =>
          writer % 3 === 0
            ? change('add', ids)
            : writer % 3 === 1
              ? change('remove', reversed.slice(10))
              : change('add', reversed.slice(20, 40)),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
      await change('add', reversed).expect(204);
      expect(await scim.membersOf(id)).toEqual([...ids].sort());
    });

    it('keeps every rename whole while members come and go', async () => {
      const { id } = await scim.createGroup();
      const names = Array.from({ length: 8 }, () => `n-${randomUUID()}`);
      const answers = await Promise.all([
        ...names.map((displayName, index) =>
          scim.patch(
            `/Groups/${id}`,
            { op: 'replace', value: { displayName } },
            { op: 'add', path: 'members', value: [[ada, bob, cyd][index % 3]] },
          ),
        ),
        ...[ada, bob, cyd].map((value) => scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value })),
      ]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
      const { body } = await scim.get(`/Groups/${id}`);
      expect(names).toContain(body.displayName);
      expect(await scim.membersOf(id)).toEqual([ada, bob, cyd].sort());
    });
  });
});
