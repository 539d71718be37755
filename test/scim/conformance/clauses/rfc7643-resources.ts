import { type Check, clause, type Run } from '../check';
import { answered, contains, equal, ok, refused, resources, unassigned } from '../expectations';
import { ENTERPRISE, GROUP, type Json, type ScimServer, USER } from '../scim-server';

const read = async (server: ScimServer, path: string): Promise<Json> =>
  answered(await server.get(path), 200).body;

/** An attribute comes back as it was sent: at once, and when it is read. */
const kept =
  (given: object | ((server: ScimServer) => object)): Run =>
  async (server) => {
    const fields = typeof given === 'function' ? given(server) : given;
    const created = await server.user(fields);
    contains(created, withoutSchemas(fields), 'answer to the creation');
    contains(await read(server, `/Users/${created.id}`), withoutSchemas(fields), 'user');
  };

const withoutSchemas = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'schemas'));

const SINGULAR: Record<string, string> = {
  displayName: 'Ada Byron',
  nickName: 'Ada',
  profileUrl: 'https://people.example/ada',
  title: 'Countess',
  userType: 'Employee',
  preferredLanguage: 'en-GB',
  locale: 'en-GB',
  timezone: 'Europe/London',
};

const NAME: Record<string, string> = {
  formatted: 'The Rt Hon. Augusta Ada Byron, Countess',
  familyName: 'Byron',
  givenName: 'Augusta',
  middleName: 'Ada',
  honorificPrefix: 'The Rt Hon.',
  honorificSuffix: 'Countess',
};

const PLURAL: Record<string, Json[]> = {
  phoneNumbers: [{ value: 'tel:+44-20-555-0100', type: 'mobile' }],
  ims: [{ value: 'ada.byron', type: 'xmpp' }],
  photos: [{ value: 'https://people.example/ada.png', type: 'photo' }],
  addresses: [
    {
      formatted: '12 St James’s Square\nLondon',
      streetAddress: '12 St James’s Square',
      locality: 'London',
      region: 'Greater London',
      postalCode: 'SW1Y 4JH',
      country: 'GB',
      type: 'work',
    },
  ],
  entitlements: [{ value: 'engine-room' }],
  roles: [{ value: 'Programmer' }],
};

const OF_ENTERPRISE: Record<string, string> = {
  employeeNumber: '701984',
  costCenter: '4130',
  organization: 'Universal Studios',
  division: 'Theme Park',
  department: 'Tour Operations',
};

/** RFC 7643 section 4: users and groups. */
export const coreResources: Check[] = [
  ...clause(
    'RFC 7643 §4.1.1',
    'User: singular attributes',
    ['users'],
    [
      [
        'userName is required',
        async (server) =>
          refused(
            await server.post('/Users', { schemas: [USER], displayName: 'Nobody' }),
            400,
            'invalidValue',
            'invalidSyntax',
          ),
      ],
      [
        'userName is not empty',
        async (server) =>
          refused(await server.post('/Users', server.userBody({ userName: '' })), 400, 'invalidValue'),
      ],
      [
        'userName is unique',
        async (server) => {
          const { userName } = await server.user();
          refused(await server.post('/Users', server.userBody({ userName })), 409, 'uniqueness');
        },
      ],
      [
        'userName is unique without regard to case',
        async (server) => {
          const { userName } = await server.user();
          refused(
            await server.post('/Users', server.userBody({ userName: userName.toUpperCase() })),
            409,
            'uniqueness',
          );
        },
      ],
      [
        'userName keeps the case it was given in',
        async (server) => {
          const userName = `Ada.${server.unique()}@Conformance.test`;
          equal((await server.user({ userName })).userName, userName, 'userName');
        },
      ],
      ...Object.entries(SINGULAR).map(
        ([name, value]) => [`${name} is kept`, kept({ [name]: value })] as const,
      ),
      ...Object.entries(NAME).map(
        ([name, value]) => [`name.${name} is kept`, kept({ name: { [name]: value } })] as const,
      ),
      ['active: true is kept', kept({ active: true })],
      ['active: false is kept', kept({ active: false })],
      [
        'password is never returned: not by creation, reading, listing or when asked for',
        async (server) => {
          const password = `S3cret-${server.unique()}`;
          const created = answered(await server.post('/Users', server.userBody({ password })), 201);
          const { id, userName } = created.body;
          const answers = [
            created,
            await server.get(`/Users/${id}`),
            await server.get(`/Users/${id}?attributes=password`),
            await server.get(`/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`),
            await server.put(`/Users/${id}`, { schemas: [USER], userName, password }),
          ];
          for (const { text } of answers) {
            ok(!text.includes(password) && !/"password"/i.test(text), `a password was returned: ${text}`);
          }
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §4.1.2',
    'User: multi-valued attributes',
    ['users'],
    [
      [
        'emails are kept',
        kept((server) => ({
          emails: [{ value: `${server.unique()}@conformance.test`, type: 'work', display: 'Ada at work' }],
        })),
      ],
      ...Object.entries(PLURAL).map(
        ([name, value]) => [`${name} are kept`, kept({ [name]: value })] as const,
      ),
      [
        'groups are read-only: those that a client sends are ignored',
        async (server) => {
          const user = await server.user({ groups: [{ value: 'no-such-group' }] });
          ok(
            unassigned((await read(server, `/Users/${user.id}`)).groups),
            'groups were taken from the client',
          );
        },
      ],
      [
        'groups tell which groups a user is in, each with value and type direct',
        async (server) => {
          const user = await server.user();
          const group = await server.group({ members: [{ value: user.id }] });
          const { groups } = await read(server, `/Users/${user.id}`);
          contains(groups, [{ value: group.id, display: group.displayName }], 'groups');
          ok(
            groups.every((one: Json) => one.type === undefined || one.type === 'direct'),
            'a direct membership is called otherwise',
          );
        },
        'groups',
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §4.2',
    'Group',
    ['groups'],
    [
      [
        'displayName is kept',
        async (server) => {
          const group = await server.group();
          equal((await read(server, `/Groups/${group.id}`)).displayName, group.displayName, 'displayName');
        },
      ],
      [
        'displayName is required',
        async (server) =>
          refused(await server.post('/Groups', { schemas: [GROUP] }), 400, 'invalidValue', 'invalidSyntax'),
      ],
      [
        'A group names its schema and resource type',
        async (server) => {
          const group = await server.group();
          ok(group.schemas.includes(GROUP), `schemas is ${JSON.stringify(group.schemas)}`);
          equal(group.meta?.resourceType, 'Group', 'meta.resourceType');
        },
      ],
      [
        'externalId of a group is kept',
        async (server) => {
          const externalId = server.unique('ext');
          const group = await server.group({ externalId });
          equal((await read(server, `/Groups/${group.id}`)).externalId, externalId, 'externalId');
        },
      ],
      [
        'Members are kept by their ids',
        async (server) => {
          const [one, other] = [await server.user(), await server.user()];
          const group = await server.group({ members: [{ value: one.id }, { value: other.id }] });
          const { members } = await read(server, `/Groups/${group.id}`);
          equal(
            members.map(({ value }: Json) => value).sort(),
            [one.id, other.id].sort(),
            'ids of the members',
          );
        },
      ],
      [
        'The $ref of a member, where there is one, leads to it',
        async (server) => {
          const user = await server.user();
          const group = await server.group({ members: [{ value: user.id }] });
          const [{ $ref }] = (await read(server, `/Groups/${group.id}`)).members;
          ok($ref === undefined || $ref.endsWith(`/Users/${user.id}`), `$ref is ${$ref}`);
        },
      ],
      [
        'The type of a member, where it is told, is that of the resource',
        async (server) => {
          const user = await server.user();
          const group = await server.group({ members: [{ value: user.id }] });
          const [{ type }] = (await read(server, `/Groups/${group.id}`)).members;
          ok(type === undefined || type === 'User', `type is ${type}`);
        },
      ],
      [
        'The same member twice is one member',
        async (server) => {
          const user = await server.user();
          const group = await server.group({ members: [{ value: user.id }, { value: user.id }] });
          equal((await read(server, `/Groups/${group.id}`)).members.length, 1, 'number of members');
        },
      ],
      [
        'A group may be empty',
        async (server) => {
          const group = await server.group({ members: [] });
          ok(unassigned((await read(server, `/Groups/${group.id}`)).members), 'there are members');
        },
      ],
      [
        'A group may be a member of a group',
        async (server) => {
          const inner = await server.group();
          const outer = await server.group({ members: [{ value: inner.id, type: 'Group' }] });
          contains(
            (await read(server, `/Groups/${outer.id}`)).members,
            [{ value: inner.id }],
            'members of the outer group',
          );
        },
      ],
      [
        'A user in a group of a group is in the outer one indirectly, if the server tells of indirect groups',
        async (server) => {
          const user = await server.user();
          const inner = await server.group({ members: [{ value: user.id }] });
          const outer = await server.group({ members: [{ value: inner.id, type: 'Group' }] });
          const { groups = [] } = await read(server, `/Users/${user.id}`);
          const found = groups.find(({ value }: Json) => value === outer.id);
          ok(found === undefined || found.type === 'indirect', `type is ${found?.type}`);
        },
      ],
      [
        'A deleted user is no member any more',
        async (server) => {
          const [gone, staying] = [await server.user(), await server.user()];
          const group = await server.group({ members: [{ value: gone.id }, { value: staying.id }] });
          answered(await server.delete(`/Users/${gone.id}`), 204);
          const { members } = await read(server, `/Groups/${group.id}`);
          equal(
            members.map(({ value }: Json) => value),
            [staying.id],
            'ids of the members',
          );
        },
      ],
      [
        'Groups are listed',
        async (server) => {
          const group = await server.group();
          const filter = encodeURIComponent(`displayName eq "${group.displayName}"`);
          contains(resources(await server.get(`/Groups?filter=${filter}`)), [{ id: group.id }], 'Resources');
        },
        'filter',
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §4.3',
    'Enterprise User',
    ['users', 'enterprise'],
    [
      ...Object.entries(OF_ENTERPRISE).map(
        ([name, value]) =>
          [
            `${name} is kept`,
            kept({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { [name]: value } }),
          ] as const,
      ),
      [
        'manager.value is kept',
        async (server) => {
          const manager = await server.user();
          await kept({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager: { value: manager.id } } })(
            server,
          );
        },
      ],
      [
        'manager.displayName is read-only: one that is sent is ignored',
        async (server) => {
          const manager = await server.user({ displayName: 'The boss' });
          const user = await server.user({
            schemas: [USER, ENTERPRISE],
            [ENTERPRISE]: { manager: { value: manager.id, displayName: 'An impostor' } },
          });
          const { displayName } = (await read(server, `/Users/${user.id}`))[ENTERPRISE].manager;
          ok(displayName !== 'An impostor', 'manager.displayName was taken from the client');
        },
      ],
    ],
  ),
];
