import { type Check, clause } from '../check';
import { answered, contains, equal, ok, query, refused } from '../expectations';
import { type Json, MESSAGE, type ScimServer, USER } from '../scim-server';

const STALE = 'W/"of-no-version-there-ever-was"';
const path = ({ id }: Json): string => `/Users/${id}`;
const RENAME = [{ op: 'replace', path: 'title', value: 'changed' }];

const everyone = (server: ScimServer): Promise<{ filter: string; ids: string[] }> =>
  server.once('people to page through by cursor', async () => {
    const userType = `${server.tag}-cursor`;
    const ids: string[] = [];
    for (let count = 0; count < 7; count += 1) ids.push((await server.user({ userType })).id);
    return { filter: `userType eq "${userType}"`, ids };
  });

const cursorPage = async (server: ScimServer, parameters: Record<string, string | number>): Promise<Json> => {
  const { filter } = await everyone(server);
  return answered(await server.get(query('/Users', { filter, ...parameters })), 200).body;
};

/** ETags (RFC 7644 section 3.14) and cursors (RFC 9865). */
export const versions: Check[] = [
  ...clause(
    'RFC 7644 §3.14',
    'Versions',
    ['users', 'etag'],
    [
      [
        'A resource is answered with an ETag',
        async (server) => {
          const user = await server.user();
          ok((await server.get(path(user))).headers.get('etag'), 'there is none');
        },
      ],
      [
        'Creation is answered with it, too',
        async (server) => {
          const { headers, body } = await server.post('/Users', server.userBody());
          equal(headers.get('etag'), body.meta.version, 'ETag');
        },
      ],
      [
        'It stays while nothing changes',
        async (server) => {
          const user = await server.user();
          const [one, other] = [await server.get(path(user)), await server.get(path(user))];
          equal(one.headers.get('etag'), other.headers.get('etag'), 'ETag');
        },
      ],
      [
        'It changes with the resource',
        async (server) => {
          const user = await server.user();
          answered(await server.put(path(user), { ...user, title: 'changed' }), 200);
          ok((await server.get(path(user))).headers.get('etag') !== user.meta.version, 'it is the same');
        },
      ],
      [
        'If-None-Match with the version there is: 304 without a body',
        async (server) => {
          const user = await server.user();
          const { text } = answered(
            await server.get(path(user), { 'if-none-match': user.meta.version }),
            304,
          );
          equal(text, '', 'body');
        },
      ],
      [
        'If-None-Match with another version: 200',
        async (server) =>
          void answered(await server.get(path(await server.user()), { 'if-none-match': STALE }), 200),
      ],
      [
        'If-None-Match with several versions, one of them right: 304',
        async (server) => {
          const user = await server.user();
          answered(await server.get(path(user), { 'if-none-match': `${STALE}, ${user.meta.version}` }), 304);
        },
      ],
      ...(['PUT', 'PATCH', 'DELETE'] as const).map(
        (method) =>
          [
            `${method} with If-Match of another version is 412, and nothing changes`,
            async (server: ScimServer) => {
              const user = await server.user();
              const body = bodyOf(method, user);
              refused(await server.send(method, path(user), { body, headers: { 'if-match': STALE } }), 412);
              equal((await server.get(path(user))).body, user, 'user');
            },
            ...(method === 'PATCH' ? (['patch'] as const) : []),
          ] as const,
      ),
      ...(['PUT', 'PATCH', 'DELETE'] as const).map(
        (method) =>
          [
            `${method} with If-Match of the version there is happens`,
            async (server: ScimServer) => {
              const user = await server.user();
              const headers = { 'if-match': user.meta.version };
              answered(
                await server.send(method, path(user), { body: bodyOf(method, user), headers }),
                200,
                204,
              );
            },
            ...(method === 'PATCH' ? (['patch'] as const) : []),
          ] as const,
      ),
      [
        'If-Match: * is any version',
        async (server) => {
          const user = await server.user();
          answered(await server.put(path(user), { ...user, title: 'changed' }, { 'if-match': '*' }), 200);
        },
      ],
      [
        'Of two who change the same version one is refused',
        async (server) => {
          const user = await server.user();
          const headers = { 'if-match': user.meta.version };
          const answers = [
            await server.put(path(user), { ...user, title: 'first' }, headers),
            await server.put(path(user), { ...user, title: 'second' }, headers),
          ];
          equal(
            answers.map(({ status }) => status),
            [200, 412],
            'statuses',
          );
          equal((await server.get(path(user))).body.title, 'first', 'title');
        },
      ],
      [
        'Groups have versions, too',
        async (server) => {
          const group = await server.group();
          const user = await server.user();
          const before = (await server.get(`/Groups/${group.id}`)).headers.get('etag');
          ok(before, 'there is no ETag');
          answered(
            await server.patch(`/Groups/${group.id}`, [
              { op: 'add', path: 'members', value: [{ value: user.id }] },
            ]),
            200,
            204,
          );
          ok((await server.get(`/Groups/${group.id}`)).headers.get('etag') !== before, 'it is the same');
          refused(
            await server.patch(
              `/Groups/${group.id}`,
              [{ op: 'replace', path: 'displayName', value: server.unique('late') }],
              { 'if-match': before },
            ),
            412,
          );
        },
        'groups',
        'patch',
      ],
    ],
  ),
  ...clause(
    'RFC 9865 §2',
    'Paging by cursor',
    ['users', 'filter', 'cursor'],
    [
      [
        'An empty cursor asks for the first page, whose answer has a nextCursor',
        async (server) => {
          const { nextCursor, Resources } = await cursorPage(server, { cursor: '', count: 3 });
          ok(typeof nextCursor === 'string' && nextCursor !== '', `nextCursor is ${nextCursor}`);
          equal(Resources.length, 3, 'number of Resources');
        },
      ],
      [
        'From cursor to cursor each resource comes once, and the last page has no nextCursor',
        async (server) => {
          const { ids } = await everyone(server);
          const seen: string[] = [];
          let cursor: string | undefined = '';
          for (let pages = 0; cursor !== undefined && pages < 10; pages += 1) {
            const body: Json = await cursorPage(server, { cursor, count: 3 });
            seen.push(...(body.Resources ?? []).map(({ id }: Json) => id));
            cursor = body.nextCursor;
          }
          equal(cursor, undefined, 'nextCursor of the last page');
          equal([...seen].sort(), [...ids].sort(), 'ids seen');
        },
      ],
      [
        'A cursor is made of characters that need no escaping in a URL',
        async (server) => {
          const { nextCursor } = await cursorPage(server, { cursor: '', count: 3 });
          ok(/^[\w.~-]+$/.test(nextCursor), `nextCursor is ${nextCursor}`);
        },
      ],
      [
        'The same cursor twice answers the same page',
        async (server) => {
          const { nextCursor } = await cursorPage(server, { cursor: '', count: 3 });
          const ids = async (): Promise<string[]> =>
            (await cursorPage(server, { cursor: nextCursor, count: 3 })).Resources.map(({ id }: Json) => id);
          equal(await ids(), await ids(), 'ids');
        },
      ],
      [
        'Who was deleted between two pages is not on the next; nobody else is missing',
        async (server) => {
          const userType = `${server.tag}-leaving`;
          const ids: string[] = [];
          for (let count = 0; count < 4; count += 1) ids.push((await server.user({ userType })).id);
          const ask = async (cursor: string): Promise<Json> =>
            answered(
              await server.get(query('/Users', { filter: `userType eq "${userType}"`, cursor, count: 2 })),
              200,
            ).body;
          const first = await ask('');
          const onFirst: string[] = first.Resources.map(({ id }: Json) => id);
          const leaving = ids.find((id) => !onFirst.includes(id));
          answered(await server.delete(`/Users/${leaving}`), 204);
          answered(await server.delete(`/Users/${onFirst[0]}`), 204);
          const second = await ask(first.nextCursor);
          equal(
            second.Resources.map(({ id }: Json) => id),
            ids.filter((id) => !onFirst.includes(id) && id !== leaving),
            'ids on the second page',
          );
        },
      ],
      [
        'A cursor that the server never gave is invalidCursor',
        async (server) => refused(await server.get('/Users?cursor=no-such-cursor'), 400, 'invalidCursor'),
      ],
      [
        'A cursor of another query is invalidCursor',
        async (server) => {
          const { nextCursor } = await cursorPage(server, { cursor: '', count: 3 });
          refused(
            await server.get(query('/Users', { cursor: nextCursor, count: 3, filter: 'title pr' })),
            400,
            'invalidCursor',
          );
        },
      ],
      [
        'A cursor may stand in a search by POST',
        async (server) => {
          const { filter } = await everyone(server);
          const search = (cursor: string): Promise<Json> =>
            server.post('/Users/.search', {
              schemas: [`${MESSAGE}:SearchRequest`],
              filter,
              cursor,
              count: 5,
            });
          const first = answered(await search(''), 200).body;
          const second = answered(await search(first.nextCursor), 200).body;
          equal([first.Resources.length, second.Resources.length], [5, 2], 'numbers of Resources');
        },
        'search',
      ],
    ],
  ),
  ...clause(
    'RFC 9865 §4',
    'Cursors in ServiceProviderConfig',
    ['cursor'],
    [
      [
        'pagination says which ways there are',
        async (server) => {
          const { pagination } = answered(await server.get('/ServiceProviderConfig'), 200).body;
          contains(pagination, { cursor: true }, 'pagination');
          equal(typeof pagination.index, 'boolean', 'pagination.index');
        },
      ],
      [
        'A default method that is named is one of the two',
        async (server) => {
          const { defaultPaginationMethod } = (await server.get('/ServiceProviderConfig')).body.pagination;
          ok([undefined, 'cursor', 'index'].includes(defaultPaginationMethod), `${defaultPaginationMethod}`);
        },
      ],
    ],
  ),
];

function bodyOf(method: 'PUT' | 'PATCH' | 'DELETE', user: Json): Json {
  if (method === 'DELETE') return undefined;
  return method === 'PUT'
    ? { schemas: [USER], userName: user.userName, title: 'changed' }
    : { schemas: [`${MESSAGE}:PatchOp`], Operations: RENAME };
}
