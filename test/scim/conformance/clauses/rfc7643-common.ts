import { type Check, clause } from '../check';
import { answered, equal, ok, refused, resources, unassigned } from '../expectations';
import { ENTERPRISE, type Json, type ScimServer, USER } from '../scim-server';

const read = async (server: ScimServer, id: string): Promise<Json> =>
  answered(await server.get(`/Users/${id}`), 200).body;

/** RFC 7643 section 3: what every resource has. */
export const commonAttributes: Check[] = [
  ...clause(
    'RFC 7643 §3',
    'The schemas attribute',
    ['users'],
    [
      [
        'Every resource names its schemas, the core schema among them',
        async (server) => {
          const { schemas } = await server.user();
          ok(Array.isArray(schemas) && schemas.includes(USER), `schemas is ${JSON.stringify(schemas)}`);
        },
      ],
      [
        'An extension that a resource has values of is named in schemas',
        async (server) => {
          const user = await server.user({
            schemas: [USER, ENTERPRISE],
            [ENTERPRISE]: { department: 'R&D' },
          });
          const { schemas } = await read(server, user.id);
          ok(schemas.includes(ENTERPRISE), `schemas is ${JSON.stringify(schemas)}`);
        },
        'enterprise',
      ],
      [
        'schemas holds no URN twice',
        async (server) => {
          const { schemas } = await server.user();
          equal(new Set(schemas).size, schemas.length, 'number of different URNs');
        },
      ],
      [
        'A body that names only a foreign schema is refused',
        async (server) =>
          refused(
            await server.post('/Users', server.userBody({ schemas: ['urn:example:nonsense'] })),
            400,
            'invalidSyntax',
            'invalidValue',
          ),
      ],
      [
        'A resource in a list names its schemas, too',
        async (server) => {
          const user = await server.user();
          const listed = resources(
            await server.get(`/Users?filter=${encodeURIComponent(`userName eq "${user.userName}"`)}`),
          );
          ok(listed[0]?.schemas?.includes(USER), `schemas is ${JSON.stringify(listed[0]?.schemas)}`);
        },
        'filter',
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §3.1',
    'Common attributes',
    ['users'],
    [
      [
        'The id is a non-empty string',
        async (server) => {
          const { id } = await server.user();
          ok(typeof id === 'string' && id !== '', `id is ${id}`);
        },
      ],
      [
        'The id is the server’s: one that a client sends is not taken',
        async (server) => {
          const user = await server.user({ id: 'chosen-by-the-client' });
          ok(user.id !== 'chosen-by-the-client', 'the client chose the id');
        },
      ],
      [
        'Two resources have two ids',
        async (server) => {
          const [one, other] = [await server.user(), await server.user()];
          ok(one.id !== other.id, `both are ${one.id}`);
        },
      ],
      [
        'The word bulkId is no id',
        async (server) => ok((await server.user()).id !== 'bulkId', 'id is the reserved word'),
      ],
      [
        'The id stays when a resource is replaced',
        async (server) => {
          const user = await server.user();
          const { body } = answered(
            await server.put(`/Users/${user.id}`, server.userBody({ id: 'another', title: 'x' })),
            200,
          );
          equal(body.id, user.id, 'id');
        },
      ],
      [
        'externalId is kept as the client gave it',
        async (server) => {
          const externalId = `${server.unique('ext')}-ÄbC`;
          const user = await server.user({ externalId });
          equal((await read(server, user.id)).externalId, externalId, 'externalId');
        },
      ],
      [
        'meta names the resource type',
        async (server) => equal((await server.user()).meta?.resourceType, 'User', 'meta.resourceType'),
      ],
      [
        'meta.created is the moment of creation',
        async (server) => {
          const before = Date.now();
          const { meta } = await server.user();
          ok(Math.abs(Date.parse(meta.created) - before) < 300_000, `meta.created is ${meta.created}`);
        },
      ],
      [
        'meta.lastModified of something new is when it was created',
        async (server) => {
          const { meta } = await server.user();
          equal(Date.parse(meta.lastModified), Date.parse(meta.created), 'meta.lastModified');
        },
      ],
      [
        'meta.lastModified moves with a change, meta.created does not',
        async (server) => {
          const user = await server.user();
          await new Promise((resolve) => setTimeout(resolve, 20));
          answered(
            await server.put(`/Users/${user.id}`, {
              schemas: [USER],
              userName: user.userName,
              title: 'changed',
            }),
            200,
          );
          const { meta } = await read(server, user.id);
          ok(
            Date.parse(meta.lastModified) > Date.parse(user.meta.lastModified),
            `meta.lastModified is still ${meta.lastModified}`,
          );
          equal(meta.created, user.meta.created, 'meta.created');
        },
      ],
      [
        'meta.location is where the resource can be read',
        async (server) => {
          const user = await server.user();
          ok(
            user.meta.location.endsWith(`/Users/${user.id}`),
            `meta.location is ${user.meta.location} for ${user.id}`,
          );
        },
      ],
      [
        'Content-Location, where it is sent, equals meta.location',
        async (server) => {
          const user = await server.user();
          const { headers } = await server.get(`/Users/${user.id}`);
          const location = headers.get('content-location');
          if (location !== null) equal(location, user.meta.location, 'Content-Location');
        },
      ],
      [
        'meta is read-only: one that is sent is ignored',
        async (server) => {
          const user = await server.user({
            meta: { resourceType: 'Toaster', created: '1999-01-01T00:00:00Z' },
          });
          equal(user.meta.resourceType, 'User', 'meta.resourceType');
          ok(!user.meta.created.startsWith('1999'), 'meta.created was taken from the client');
        },
      ],
      [
        'meta.version equals the ETag header',
        async (server) => {
          const user = await server.user();
          const { headers } = await server.get(`/Users/${user.id}`);
          equal(headers.get('etag'), (await read(server, user.id)).meta.version, 'ETag');
        },
        'etag',
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §3.3',
    'Extensions',
    ['users', 'enterprise'],
    [
      [
        'Attributes of an extension stand under its URN',
        async (server) => {
          const user = await server.user({
            schemas: [USER, ENTERPRISE],
            [ENTERPRISE]: { costCenter: '4130' },
          });
          const after = await read(server, user.id);
          equal(after[ENTERPRISE]?.costCenter, '4130', 'costCenter');
          ok(!('costCenter' in after), 'costCenter stands at the top level');
        },
      ],
      [
        'A PUT without the extension clears it',
        async (server) => {
          const user = await server.user({
            schemas: [USER, ENTERPRISE],
            [ENTERPRISE]: { costCenter: '4130' },
          });
          answered(await server.put(`/Users/${user.id}`, { schemas: [USER], userName: user.userName }), 200);
          ok(unassigned((await read(server, user.id))[ENTERPRISE]?.costCenter), 'costCenter is still there');
        },
      ],
    ],
  ),
];
