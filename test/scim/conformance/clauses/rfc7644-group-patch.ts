import { type Check, clause } from '../check';
import { answered, equal, ok, query, refused } from '../expectations';
import { GROUP, type Json, type ScimServer } from '../scim-server';

const UNKNOWN = '7f9c24e8-3b12-4b6f-9d20-5a0f0f0f0f0f';

interface Team {
  group: Json;
  one: string;
  two: string;
  three: string;
}

/** A group with members one and two; three is nobody's. */
async function team(server: ScimServer): Promise<Team> {
  const [one, two, three] = [await server.user(), await server.user(), await server.user()];
  const group = await server.group({ members: [{ value: one.id }, { value: two.id }] });
  return { group, one: one.id, two: two.id, three: three.id };
}

async function members(server: ScimServer, { group }: Team): Promise<string[]> {
  const { body } = answered(await server.get(`/Groups/${group.id}`), 200);
  return (body.members ?? []).map(({ value }: Json) => value).sort();
}

const becomes =
  (operations: (team: Team) => object[], expected: (team: Team) => string[]) =>
  async (server: ScimServer): Promise<void> => {
    const all = await team(server);
    answered(await server.patch(`/Groups/${all.group.id}`, operations(all)), 200, 204);
    equal(await members(server, all), expected(all).sort(), 'members');
  };

/** RFC 7644 section 3.5.2 for the attribute that matters most: the members of a group. */
export const groupPatch: Check[] = [
  ...clause(
    'RFC 7644 §3.5.2',
    'PATCH of groups',
    ['groups', 'patch'],
    [
      [
        'add appends a member',
        becomes(
          ({ three }) => [{ op: 'add', path: 'members', value: [{ value: three }] }],
          ({ one, two, three }) => [one, two, three],
        ),
      ],
      [
        'add without a path appends, too',
        becomes(
          ({ three }) => [{ op: 'add', value: { members: [{ value: three }] } }],
          ({ one, two, three }) => [one, two, three],
        ),
      ],
      [
        'add of a member that is there adds nothing',
        becomes(
          ({ one }) => [{ op: 'add', path: 'members', value: [{ value: one }] }],
          ({ one, two }) => [one, two],
        ),
      ],
      [
        'remove with a filter removes that member',
        becomes(
          ({ one }) => [{ op: 'remove', path: `members[value eq "${one}"]` }],
          ({ two }) => [two],
        ),
      ],
      [
        'remove with a filter of two values removes both',
        becomes(
          ({ one, two }) => [{ op: 'remove', path: `members[value eq "${one}" or value eq "${two}"]` }],
          () => [],
        ),
      ],
      [
        'remove without a filter removes all',
        becomes(
          () => [{ op: 'remove', path: 'members' }],
          () => [],
        ),
      ],
      [
        'replace replaces all',
        becomes(
          ({ three }) => [{ op: 'replace', path: 'members', value: [{ value: three }] }],
          ({ three }) => [three],
        ),
      ],
      [
        'Adding and removing in one request happens in order',
        becomes(
          ({ one, three }) => [
            { op: 'add', path: 'members', value: [{ value: three }] },
            { op: 'remove', path: `members[value eq "${one}"]` },
            { op: 'remove', path: `members[value eq "${three}"]` },
          ],
          ({ two }) => [two],
        ),
      ],
      [
        'displayName is replaced, and members stay',
        async (server) => {
          const all = await team(server);
          const displayName = server.unique('renamed');
          answered(
            await server.patch(`/Groups/${all.group.id}`, [
              { op: 'replace', path: 'displayName', value: displayName },
            ]),
            200,
            204,
          );
          equal((await server.get(`/Groups/${all.group.id}`)).body.displayName, displayName, 'displayName');
          equal(await members(server, all), [all.one, all.two].sort(), 'members');
        },
      ],
      [
        'displayName cannot be removed: mutability',
        async (server) => {
          const group = await server.group();
          refused(
            await server.patch(`/Groups/${group.id}`, [{ op: 'remove', path: 'displayName' }]),
            400,
            'mutability',
            'invalidValue',
          );
        },
      ],
      [
        'One operation that fails takes all others with it',
        async (server) => {
          const all = await team(server);
          const answer = await server.patch(`/Groups/${all.group.id}`, [
            { op: 'remove', path: `members[value eq "${all.one}"]` },
            { op: 'replace', path: 'id', value: 'x' },
          ]);
          refused(answer, 400, 'mutability');
          equal(await members(server, all), [all.one, all.two].sort(), 'members');
        },
      ],
      [
        'An unknown group is 404',
        async (server) =>
          refused(await server.patch(`/Groups/${UNKNOWN}`, [{ op: 'remove', path: 'members' }]), 404),
      ],
      [
        'Changes at the same time are all there in the end',
        async (server) => {
          const users = await Promise.all(Array.from({ length: 8 }, () => server.user()));
          const group = await server.group();
          const answers = await Promise.all(
            users.map(({ id }) =>
              server.patch(`/Groups/${group.id}`, [{ op: 'add', path: 'members', value: [{ value: id }] }]),
            ),
          );
          for (const answer of answers) answered(answer, 200, 204);
          const { body } = await server.get(`/Groups/${group.id}`);
          equal(
            body.members.map(({ value }: Json) => value).sort(),
            users.map(({ id }) => id).sort(),
            'members',
          );
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.5.1',
    'PUT of groups',
    ['groups'],
    [
      [
        'members are replaced by those that are sent',
        async (server) => {
          const all = await team(server);
          answered(
            await server.put(`/Groups/${all.group.id}`, {
              schemas: [GROUP],
              displayName: all.group.displayName,
              members: [{ value: all.three }],
            }),
            200,
          );
          equal(await members(server, all), [all.three], 'members');
        },
      ],
      [
        'Without members the group is empty',
        async (server) => {
          const all = await team(server);
          answered(
            await server.put(`/Groups/${all.group.id}`, {
              schemas: [GROUP],
              displayName: all.group.displayName,
            }),
            200,
          );
          equal(await members(server, all), [], 'members');
        },
      ],
      [
        'What was answered may be sent back',
        async (server) => {
          const all = await team(server);
          const { body } = await server.get(`/Groups/${all.group.id}`);
          answered(await server.put(`/Groups/${all.group.id}`, body), 200);
          equal(await members(server, all), [all.one, all.two].sort(), 'members');
        },
      ],
      [
        'An unknown group is 404',
        async (server) => refused(await server.put(`/Groups/${UNKNOWN}`, server.groupBody()), 404),
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.6',
    'Deleting groups',
    ['groups'],
    [
      [
        'It is answered 204, and the group is gone',
        async (server) => {
          const { id } = await server.group();
          answered(await server.delete(`/Groups/${id}`), 204);
          refused(await server.get(`/Groups/${id}`), 404);
          refused(await server.delete(`/Groups/${id}`), 404);
        },
      ],
      [
        'Its members stay, and are in it no longer',
        async (server) => {
          const all = await team(server);
          answered(await server.delete(`/Groups/${all.group.id}`), 204);
          const { groups = [] } = answered(await server.get(`/Users/${all.one}`), 200).body;
          ok(
            groups.every(({ value }: Json) => value !== all.group.id),
            'a member is still in the group',
          );
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.2',
    'Listing groups',
    ['groups', 'filter'],
    [
      [
        'A filter finds by displayName without regard to case',
        async (server) => {
          const { id, displayName } = await server.group();
          const filter = `displayName eq "${displayName.toUpperCase()}"`;
          const { body } = answered(await server.get(query('/Groups', { filter })), 200);
          equal(
            body.Resources.map((one: Json) => one.id),
            [id],
            'ids found',
          );
        },
      ],
      [
        'excludedAttributes=members leaves them out',
        async (server) => {
          const { group } = await team(server);
          const filter = `displayName eq "${group.displayName}"`;
          const { body } = answered(
            await server.get(query('/Groups', { filter, excludedAttributes: 'members' })),
            200,
          );
          equal('members' in body.Resources[0], false, 'members in the answer');
        },
      ],
      [
        'A filter finds groups by a member',
        async (server) => {
          const { group, one } = await team(server);
          const { body } = answered(
            await server.get(query('/Groups', { filter: `members[value eq "${one}"]` })),
            200,
          );
          equal(
            body.Resources.map(({ id }: Json) => id),
            [group.id],
            'ids found',
          );
        },
      ],
    ],
  ),
];
