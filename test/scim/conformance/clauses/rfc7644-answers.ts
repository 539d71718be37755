import { type Check, clause } from '../check';
import { answered, contains, equal, ok, query, refused, resources } from '../expectations';
import { pageable, sortable } from '../lists-of-people';
import { ENTERPRISE, type Json, MESSAGE, type ScimServer, USER } from '../scim-server';

const SEARCH = `${MESSAGE}:SearchRequest`;

const described = (server: ScimServer): Promise<Json> =>
  server.once('somebody described', () =>
    server.user({
      schemas: [USER, ENTERPRISE],
      displayName: 'Ada',
      title: 'Countess',
      name: { givenName: 'Ada', familyName: 'Byron' },
      phoneNumbers: [{ value: '+1 555 0100', type: 'work' }],
      [ENTERPRISE]: { department: 'Engines', costCenter: '1' },
    }),
  );

const shown = async (server: ScimServer, parameters: Record<string, string>): Promise<Json> => {
  const { id } = await described(server);
  return answered(await server.get(query(`/Users/${id}`, parameters)), 200).body;
};

/** RFC 7644 sections 3.4.2.5 and 3.4.3: what is in an answer, and queries by POST. */
export const answersAndSearch: Check[] = [
  ...clause(
    'RFC 7644 §3.4.2.5',
    'Attributes in answers',
    ['users'],
    [
      [
        'attributes: nothing else but what is always returned',
        async (server) => {
          const body = await shown(server, { attributes: 'title' });
          equal(body.title, 'Countess', 'title');
          ok(typeof body.id === 'string', 'id is missing');
          ok(!('displayName' in body) && !('phoneNumbers' in body), `answered ${Object.keys(body).join()}`);
        },
      ],
      [
        'attributes: several, with spaces and in any case',
        async (server) => {
          const body = await shown(server, { attributes: 'TITLE, displayname' });
          contains(body, { title: 'Countess', displayName: 'Ada' }, 'answer');
          ok(!('phoneNumbers' in body), 'phoneNumbers are there');
        },
      ],
      [
        'attributes: a sub-attribute',
        async (server) =>
          equal((await shown(server, { attributes: 'name.givenName' })).name, { givenName: 'Ada' }, 'name'),
      ],
      [
        'attributes: a sub-attribute of a list',
        async (server) => {
          const { phoneNumbers } = await shown(server, { attributes: 'phoneNumbers.value' });
          equal(phoneNumbers, [{ value: '+1 555 0100' }], 'phoneNumbers');
        },
      ],
      [
        'attributes: qualified by a URN',
        async (server) => {
          const body = await shown(server, { attributes: `${USER}:title` });
          equal([body.title, 'displayName' in body], ['Countess', false], 'title, displayName');
        },
      ],
      [
        'attributes: one of an extension',
        async (server) => {
          const body = await shown(server, { attributes: `${ENTERPRISE}:department` });
          equal(body[ENTERPRISE], { department: 'Engines' }, 'extension');
        },
        'enterprise',
      ],
      [
        'excludedAttributes: everything else stays',
        async (server) => {
          const body = await shown(server, { excludedAttributes: 'title,phoneNumbers' });
          ok(!('title' in body) && !('phoneNumbers' in body), `answered ${Object.keys(body).join()}`);
          contains(body, { displayName: 'Ada', name: { givenName: 'Ada' } }, 'answer');
        },
      ],
      [
        'excludedAttributes: a sub-attribute',
        async (server) => {
          const { name } = await shown(server, { excludedAttributes: 'name.familyName' });
          equal([name?.givenName, name?.familyName], ['Ada', undefined], 'names');
        },
      ],
      [
        'excludedAttributes has no effect on what is always returned',
        async (server) => ok((await shown(server, { excludedAttributes: 'id' })).id, 'id is missing'),
      ],
      [
        'In lists, too',
        async (server) => {
          const { userName } = await described(server);
          const [found] = resources(
            await server.get(query('/Users', { filter: `userName eq "${userName}"`, attributes: 'title' })),
          );
          equal([found.title, 'displayName' in found], ['Countess', false], 'title, displayName');
        },
        'filter',
      ],
      [
        '§3.9 In the answer to a PUT, too',
        async (server) => {
          const user = await server.user();
          const { body } = answered(
            await server.put(`/Users/${user.id}?attributes=title`, {
              schemas: [USER],
              userName: user.userName,
              title: 'New',
            }),
            200,
          );
          equal([body.title, 'userName' in body], ['New', false], 'title, userName');
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.3',
    'Querying with POST',
    ['users', 'filter', 'search'],
    [
      [
        'POST /Users/.search finds as GET does',
        async (server) => {
          const { userName, id } = await server.user();
          const answer = await server.post('/Users/.search', {
            schemas: [SEARCH],
            filter: `userName eq "${userName}"`,
          });
          contains(answered(answer, 200).body.schemas, [`${MESSAGE}:ListResponse`], 'schemas');
          equal(
            resources(answer).map((one) => one.id),
            [id],
            'ids found',
          );
        },
      ],
      [
        'attributes is a list there',
        async (server) => {
          const { userName } = await server.user({ title: 'Countess', displayName: 'Ada' });
          const [found] = resources(
            await server.post('/Users/.search', {
              schemas: [SEARCH],
              filter: `userName eq "${userName}"`,
              attributes: ['title'],
            }),
          );
          equal([found.title, 'displayName' in found], ['Countess', false], 'title, displayName');
        },
      ],
      [
        'excludedAttributes is a list there',
        async (server) => {
          const { userName } = await server.user({ title: 'Countess', displayName: 'Ada' });
          const [found] = resources(
            await server.post('/Users/.search', {
              schemas: [SEARCH],
              filter: `userName eq "${userName}"`,
              excludedAttributes: ['title'],
            }),
          );
          equal([found.displayName, 'title' in found], ['Ada', false], 'displayName, title');
        },
      ],
      [
        'startIndex and count are numbers there',
        async (server) => {
          const { filter } = await pageable(server);
          const { body } = answered(
            await server.post('/Users/.search', { schemas: [SEARCH], filter, startIndex: 8, count: 5 }),
            200,
          );
          equal([body.totalResults, body.startIndex, body.Resources.length], [9, 8, 2], 'numbers');
        },
      ],
      [
        'sortBy and sortOrder are read there',
        async (server) => {
          const { filter, names } = await sortable(server);
          const found = resources(
            await server.post('/Users/.search', {
              schemas: [SEARCH],
              filter,
              sortBy: 'title',
              sortOrder: 'descending',
            }),
          );
          equal(
            found.map(({ id }) => names.get(id)),
            ['none', 'd', 'c', 'b', 'a'],
            'order',
          );
        },
        'sort',
      ],
      [
        'A bad filter is invalidFilter there, too',
        async (server) =>
          refused(
            await server.post('/Users/.search', { schemas: [SEARCH], filter: 'userName eq' }),
            400,
            'invalidFilter',
          ),
      ],
      [
        'It creates nothing',
        async (server) => {
          const { status, headers } = await server.post('/Users/.search', { schemas: [SEARCH], count: 1 });
          equal([status, headers.get('location')], [200, null], 'status and Location');
        },
      ],
      [
        'POST /.search at the root finds resources of every type',
        async (server) => {
          const user = await server.user();
          const group = await server.group();
          const found = resources(
            await server.post('/.search', {
              schemas: [SEARCH],
              filter: `id eq "${user.id}" or id eq "${group.id}"`,
            }),
          );
          equal(found.map(({ meta }) => meta.resourceType).sort(), ['Group', 'User'], 'resource types');
        },
        'groups',
      ],
      [
        'POST /.search at the root sorts resources of every type together (§3.4.2.3)',
        async (server) => {
          const [user, group] = [await server.user(), await server.group()];
          for (const sortOrder of ['ascending', 'descending']) {
            const found = resources(
              await server.post('/.search', {
                schemas: [SEARCH],
                filter: `id eq "${user.id}" or id eq "${group.id}"`,
                sortBy: 'id',
                sortOrder,
              }),
            );
            const ids = [user.id, group.id].sort();
            equal(
              found.map(({ id }) => id),
              sortOrder === 'ascending' ? ids : ids.reverse(),
              `ids, ${sortOrder}`,
            );
          }
        },
        'groups',
        'sort',
      ],
    ],
  ),
];
