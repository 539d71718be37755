import { type Check, clause } from '../check';
import { answered, contains, equal, ok, refused, resources } from '../expectations';
import { type Json, MESSAGE, type ScimServer } from '../scim-server';

const UNKNOWN = '7f9c24e8-3b12-4b6f-9d20-5a0f0f0f0f0f';
const read = async (server: ScimServer, id: string): Promise<Json> =>
  answered(await server.get(`/Users/${id}`), 200).body;

/** RFC 7644: who may ask, in which form, and what creating, reading, replacing and deleting do. */
export const basics: Check[] = [
  ...clause(
    'RFC 7644 §2',
    'Authentication',
    ['users'],
    [
      [
        'Without a token a request is refused with 401',
        async (server) => void answered(await server.as().get('/Users'), 401),
      ],
      [
        'With a wrong token a request is refused with 401',
        async (server) => void answered(await server.as('no-such-token').get('/Users'), 401),
      ],
      [
        'A 401 says in WWW-Authenticate how to do better',
        async (server) =>
          ok((await server.as().get('/Users')).headers.get('www-authenticate'), 'there is none'),
      ],
      [
        'A 401 is an error message of SCIM',
        async (server) => refused(await server.as('no-such-token').get('/Users'), 401),
      ],
      [
        'Whoever may not read may not write either',
        async (server) => {
          const user = await server.user();
          const stranger = server.as('no-such-token');
          answered(await stranger.delete(`/Users/${user.id}`), 401);
          answered(await stranger.post('/Users', server.userBody()), 401);
          equal((await read(server, user.id)).userName, user.userName, 'userName');
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.1',
    'Media types',
    ['users'],
    [
      [
        'Answers are application/scim+json',
        async (server) => {
          const { headers } = await server.get('/Users?count=1');
          ok(
            /^application\/scim\+json\b/.test(headers.get('content-type') ?? ''),
            `${headers.get('content-type')}`,
          );
        },
      ],
      [
        'Errors are application/scim+json, too',
        async (server) => {
          const { headers } = await server.get(`/Users/${UNKNOWN}`);
          ok(
            /^application\/scim\+json\b/.test(headers.get('content-type') ?? ''),
            `${headers.get('content-type')}`,
          );
        },
      ],
      ...[
        'application/scim+json',
        'application/scim+json; charset=utf-8',
        'application/json',
        'application/json; charset=utf-8',
      ].map(
        (type) =>
          [
            `A body of ${type} is read`,
            async (server: ScimServer) =>
              void answered(await server.post('/Users', server.userBody(), { 'content-type': type }), 201),
          ] as const,
      ),
      [
        'Accept: application/json is served as well',
        async (server) => {
          const answer = answered(await server.get('/Users?count=1', { accept: 'application/json' }), 200);
          ok(answer.body?.schemas, 'no JSON was answered');
        },
      ],
      [
        'A body of another type is refused',
        async (server) => {
          const { status } = await server.post('/Users', '<user/>', { 'content-type': 'application/xml' });
          ok([400, 415].includes(status), `answered ${status}`);
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.3',
    'Creating',
    ['users'],
    [
      [
        'It is answered 201',
        async (server) => void answered(await server.post('/Users', server.userBody()), 201),
      ],
      [
        'The answer is the resource as it can be read from then on',
        async (server) => {
          const user = await server.user({
            title: 'Countess',
            name: { givenName: 'Ada', familyName: 'Byron' },
          });
          equal(await read(server, user.id), user, 'user');
        },
      ],
      [
        'Location says where it is, as meta.location does',
        async (server) => {
          const { headers, body } = await server.post('/Users', server.userBody());
          equal(headers.get('location'), body.meta.location, 'Location');
        },
      ],
      [
        'What is there already is 409 uniqueness',
        async (server) => {
          const { userName } = await server.user();
          refused(await server.post('/Users', server.userBody({ userName })), 409, 'uniqueness');
        },
      ],
      [
        'What is refused leaves nothing behind',
        async (server) => {
          const userName = `${server.unique()}@conformance.test`;
          refused(await server.post('/Users', server.userBody({ userName, name: 'no object' })), 400);
          const filter = encodeURIComponent(`userName eq "${userName}"`);
          equal((await server.get(`/Users?filter=${filter}`)).body.totalResults, 0, 'totalResults');
        },
        'filter',
      ],
      [
        'Read-only attributes in the body are ignored',
        async (server) => {
          const { meta, id } = await server.user({
            id: 'mine',
            meta: { location: 'http://elsewhere.test/' },
          });
          ok(id !== 'mine' && !meta.location.includes('elsewhere'), 'a read-only attribute was taken');
        },
      ],
      ...['{', '{"schemas": [junk', 'nonsense'].map(
        (text) =>
          [
            `A body that is no JSON is invalidSyntax: ${text}`,
            async (server: ScimServer) => refused(await server.post('/Users', text), 400, 'invalidSyntax'),
          ] as const,
      ),
      ...['null', '[]', '5', '"text"'].map(
        (text) =>
          [
            `A body that is no object is refused: ${text}`,
            async (server: ScimServer) =>
              refused(await server.post('/Users', text), 400, 'invalidSyntax', 'invalidValue'),
          ] as const,
      ),
      [
        'A parameter "attributes" shapes the answer',
        async (server) => {
          const { body } = answered(
            await server.post('/Users?attributes=userName', server.userBody({ title: 'Countess' })),
            201,
          );
          ok(body.id && body.userName && body.title === undefined, `answered ${Object.keys(body).join()}`);
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.1',
    'Reading one',
    ['users'],
    [
      ['A known one is answered 200', async (server) => void (await read(server, (await server.user()).id))],
      ['An unknown one is 404', async (server) => refused(await server.get(`/Users/${UNKNOWN}`), 404)],
      [
        'What is no id at all is 404, too',
        async (server) => refused(await server.get('/Users/00919288221112222'), 404),
      ],
      [
        'Somebody inactive is read like anybody else',
        async (server) =>
          equal((await read(server, (await server.user({ active: false })).id)).active, false, 'active'),
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.2',
    'Listing',
    ['users'],
    [
      [
        'The answer is a ListResponse with totalResults',
        async (server) => {
          await server.user();
          const { body } = answered(await server.get('/Users'), 200);
          contains(body.schemas, [`${MESSAGE}:ListResponse`], 'schemas');
          ok(
            Number.isInteger(body.totalResults) && body.totalResults > 0,
            `totalResults is ${body.totalResults}`,
          );
          ok(Array.isArray(body.Resources), 'there are no Resources');
        },
      ],
      [
        'Nothing found is 200 with totalResults 0',
        async (server) => {
          const filter = encodeURIComponent(`userName eq "nobody-${server.tag}"`);
          const answer = answered(await server.get(`/Users?filter=${filter}`), 200);
          equal(answer.body.totalResults, 0, 'totalResults');
          equal(resources(answer), [], 'Resources');
        },
        'filter',
      ],
      [
        'A resource in a list is what it is when read alone',
        async (server) => {
          const user = await server.user({ title: 'Countess', phoneNumbers: [{ value: '+1 555 0100' }] });
          const filter = encodeURIComponent(`userName eq "${user.userName}"`);
          equal(
            resources(await server.get(`/Users?filter=${filter}`)),
            [await read(server, user.id)],
            'Resources',
          );
        },
        'filter',
      ],
    ],
  ),
];
