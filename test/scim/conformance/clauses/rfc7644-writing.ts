import { type Check, clause } from '../check';
import { answered, contains, equal, ok, refused, unassigned } from '../expectations';
import { type Json, MESSAGE, type ScimServer, USER } from '../scim-server';

const UNKNOWN = '7f9c24e8-3b12-4b6f-9d20-5a0f0f0f0f0f';
const read = async (server: ScimServer, id: string): Promise<Json> =>
  answered(await server.get(`/Users/${id}`), 200).body;

/** RFC 7644: replacing, deleting, and what goes wrong. */
export const writing: Check[] = [
  ...clause(
    'RFC 7644 §3.5.1',
    'Replacing with PUT',
    ['users'],
    [
      [
        'It is answered 200 with the resource',
        async (server) => {
          const user = await server.user();
          const { body } = answered(
            await server.put(`/Users/${user.id}`, { schemas: [USER], userName: user.userName, title: 'New' }),
            200,
          );
          contains(body, { id: user.id, title: 'New' }, 'answer');
          equal(await read(server, user.id), body, 'user');
        },
      ],
      [
        'What is left out is cleared',
        async (server) => {
          const user = await server.user({
            nickName: 'Ada',
            phoneNumbers: [{ value: '1' }],
            name: { givenName: 'Ada' },
          });
          await server.put(`/Users/${user.id}`, { schemas: [USER], userName: user.userName });
          const { nickName, phoneNumbers, name } = await read(server, user.id);
          ok(unassigned(nickName) && unassigned(phoneNumbers), 'nickName or phoneNumbers are still there');
          ok(unassigned(name?.givenName), 'name.givenName is still there');
        },
      ],
      [
        'A list is replaced as a whole',
        async (server) => {
          const user = await server.user({ phoneNumbers: [{ value: '1' }, { value: '2' }] });
          await server.put(`/Users/${user.id}`, {
            schemas: [USER],
            userName: user.userName,
            phoneNumbers: [{ value: '3' }],
          });
          const { phoneNumbers } = await read(server, user.id);
          equal(
            phoneNumbers.map(({ value }: Json) => value),
            ['3'],
            'phoneNumbers',
          );
        },
      ],
      [
        'Read-only attributes may be sent back as they were answered',
        async (server) => {
          const user = await server.user({ title: 'Countess' });
          const { body } = answered(await server.put(`/Users/${user.id}`, { ...user, title: 'Lady' }), 200);
          contains(body, { id: user.id, title: 'Lady', userName: user.userName }, 'answer');
        },
      ],
      [
        'An unknown id is 404: PUT creates nothing',
        async (server) => refused(await server.put(`/Users/${UNKNOWN}`, server.userBody()), 404),
      ],
      [
        'A required attribute that is missing is invalidValue, and nothing changes',
        async (server) => {
          const user = await server.user({ title: 'Countess' });
          refused(
            await server.put(`/Users/${user.id}`, { schemas: [USER], title: 'x' }),
            400,
            'invalidValue',
            'invalidSyntax',
          );
          equal((await read(server, user.id)).title, 'Countess', 'title');
        },
      ],
      [
        'The userName of somebody else is 409 uniqueness, and nothing changes',
        async (server) => {
          const [one, other] = [await server.user(), await server.user()];
          refused(
            await server.put(`/Users/${one.id}`, { schemas: [USER], userName: other.userName }),
            409,
            'uniqueness',
          );
          equal((await read(server, one.id)).userName, one.userName, 'userName');
        },
      ],
      [
        'A value of the wrong type is refused, and nothing changes',
        async (server) => {
          const user = await server.user({ title: 'Countess' });
          refused(
            await server.put(`/Users/${user.id}`, {
              schemas: [USER],
              userName: user.userName,
              title: { a: 1 },
            }),
            400,
            'invalidValue',
            'invalidSyntax',
          );
          equal((await read(server, user.id)).title, 'Countess', 'title');
        },
      ],
      [
        'userName can be changed, and is then found under the new name only',
        async (server) => {
          const user = await server.user();
          const userName = `${server.unique()}@conformance.test`;
          answered(await server.put(`/Users/${user.id}`, { schemas: [USER], userName }), 200);
          const found = async (name: string): Promise<number> =>
            (await server.get(`/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`)).body
              .totalResults;
          equal([await found(userName), await found(user.userName)], [1, 0], 'found under new and old name');
        },
        'filter',
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.6',
    'Deleting',
    ['users'],
    [
      [
        'It is answered 204 without a body',
        async (server) => {
          const { text } = answered(await server.delete(`/Users/${(await server.user()).id}`), 204);
          equal(text, '', 'body');
        },
      ],
      ...(['GET', 'PUT', 'PATCH', 'DELETE'] as const).map(
        (method) =>
          [
            `After it ${method} is 404`,
            async (server: ScimServer) => {
              const { id } = await server.user();
              answered(await server.delete(`/Users/${id}`), 204);
              const body = {
                GET: undefined,
                DELETE: undefined,
                PUT: server.userBody(),
                PATCH: {
                  schemas: [`${MESSAGE}:PatchOp`],
                  Operations: [{ op: 'replace', path: 'title', value: 'x' }],
                },
              }[method];
              refused(await server.send(method, `/Users/${id}`, { body }), 404);
            },
            ...(method === 'PATCH' ? (['patch'] as const) : []),
          ] as const,
      ),
      [
        'After it no list contains it',
        async (server) => {
          const user = await server.user();
          answered(await server.delete(`/Users/${user.id}`), 204);
          const filter = encodeURIComponent(`userName eq "${user.userName}"`);
          equal((await server.get(`/Users?filter=${filter}`)).body.totalResults, 0, 'totalResults');
        },
        'filter',
      ],
      [
        'After it the userName is free again',
        async (server) => {
          const { id, userName } = await server.user();
          answered(await server.delete(`/Users/${id}`), 204);
          answered(await server.post('/Users', server.userBody({ userName })), 201);
        },
      ],
      ['An unknown id is 404', async (server) => refused(await server.delete(`/Users/${UNKNOWN}`), 404)],
    ],
  ),
  ...clause(
    'RFC 7644 §3.11',
    'The /Me alias',
    [],
    [
      [
        '/Me stands for the one who asks, or is 501',
        async (server) => {
          const answer = await server.get('/Me');
          if (answer.status !== 200 && answer.status !== 308) refused(answer, [501, 404]);
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.12',
    'Errors',
    [],
    [
      [
        'An address that leads nowhere is a 404 in the words of SCIM',
        async (server) => refused(await server.get('/Toasters'), 404),
      ],
      [
        'An error tells people what was wrong',
        async (server) => {
          const { body } = await server.get(`/Users/${UNKNOWN}`);
          ok(typeof body?.detail === 'string' && body.detail !== '', `detail is ${body?.detail}`);
        },
      ],
      [
        'Its status is a string of digits equal to that of HTTP',
        async (server) => equal((await server.get(`/Users/${UNKNOWN}`)).body?.status, '404', 'status'),
      ],
      [
        'Nothing a client sends is answered with a failure of the server',
        async (server) => {
          const deep = `{"userName":"x","name":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}}`;
          const attempts = [
            server.post('/Users', deep),
            server.post('/Users', '['.repeat(100_000)),
            server.post('/Users', server.userBody({ title: '\u0000' })),
            server.get('/Users?startIndex=99999999999999999999&count=99999999999999999999'),
            server.get(`/Users?filter=${encodeURIComponent(`userName eq "'; drop table users; --"`)}`),
            server.get(`/Users?filter=${'('.repeat(1_000)}`),
            server.get('/Users/%00'),
          ];
          for (const attempt of attempts) {
            const { status } = await attempt;
            ok(status < 500, `answered ${status}`);
          }
        },
        'users',
      ],
      [
        'The names of object machinery do no harm',
        async (server) => {
          const body = `{"schemas":["${USER}"],"userName":"${server.unique()}@conformance.test","__proto__":{"active":false},"constructor":{"prototype":{"active":false}}}`;
          const answer = await server.post('/Users', body);
          answered(answer, 201, 400);
          ok(answer.status !== 201 || answer.body.active !== false, 'active came from a prototype');
        },
        'users',
      ],
    ],
  ),
];
