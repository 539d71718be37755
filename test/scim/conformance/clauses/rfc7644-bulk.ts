import { type Check, clause } from '../check';
import { answered, contains, equal, ok, refused } from '../expectations';
import { type Json, MESSAGE, type ScimServer } from '../scim-server';

const UNKNOWN = '7f9c24e8-3b12-4b6f-9d20-5a0f0f0f0f0f';

const bulk = async (server: ScimServer, Operations: object[], more: object = {}): Promise<Json[]> => {
  const answer = await server.post('/Bulk', { schemas: [`${MESSAGE}:BulkRequest`], ...more, Operations });
  const { body } = answered(answer, 200);
  contains(body.schemas, [`${MESSAGE}:BulkResponse`], 'schemas');
  return body.Operations;
};

const idOf = ({ location }: Json): string => String(location).split('/').pop() ?? '';
const statuses = (operations: Json[]): string[] => operations.map(({ status }) => String(status));
const creation = (server: ScimServer, bulkId: string, data: object = server.userBody()): object => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data,
});
const BAD = { method: 'POST', path: '/Users', bulkId: 'bad', data: { schemas: [], title: 'no userName' } };

/** RFC 7644 section 3.7. */
export const bulkOperations: Check[] = [
  ...clause(
    'RFC 7644 §3.7',
    'Bulk',
    ['users', 'bulk'],
    [
      [
        'The answer is a BulkResponse with one entry for each operation, in order',
        async (server) => {
          const answers = await bulk(server, [creation(server, 'one'), creation(server, 'two')]);
          equal(
            answers.map(({ bulkId }) => bulkId),
            ['one', 'two'],
            'bulkIds',
          );
        },
      ],
      [
        'POST creates, and the entry tells where',
        async (server) => {
          const data = server.userBody();
          const [answer] = await bulk(server, [creation(server, 'x', data)]);
          contains(answer, { method: 'POST', bulkId: 'x', status: '201' }, 'entry');
          equal((await server.get(`/Users/${idOf(answer)}`)).body.userName, data.userName, 'userName');
        },
      ],
      [
        'The status is text',
        async (server) => {
          const [answer] = await bulk(server, [creation(server, 'x')]);
          equal(answer.status, '201', 'status');
        },
      ],
      [
        'PUT replaces',
        async (server) => {
          const user = await server.user();
          const [answer] = await bulk(server, [
            { method: 'PUT', path: `/Users/${user.id}`, data: { ...user, title: 'by bulk' } },
          ]);
          equal(answer.status, '200', 'status');
          equal((await server.get(`/Users/${user.id}`)).body.title, 'by bulk', 'title');
        },
      ],
      [
        'PATCH changes',
        async (server) => {
          const { id } = await server.user();
          const data = {
            schemas: [`${MESSAGE}:PatchOp`],
            Operations: [{ op: 'add', path: 'title', value: 'by bulk' }],
          };
          const [answer] = await bulk(server, [{ method: 'PATCH', path: `/Users/${id}`, data }]);
          ok(['200', '204'].includes(answer.status), `status is ${answer.status}`);
          equal((await server.get(`/Users/${id}`)).body.title, 'by bulk', 'title');
        },
        'patch',
      ],
      [
        'DELETE deletes',
        async (server) => {
          const { id } = await server.user();
          equal(
            statuses(await bulk(server, [{ method: 'DELETE', path: `/Users/${id}` }])),
            ['204'],
            'statuses',
          );
          refused(await server.get(`/Users/${id}`), 404);
        },
      ],
      [
        'Methods are read without regard to case, or refused',
        async (server) => {
          const { id } = await server.user();
          const answer = await server.post('/Bulk', {
            schemas: [`${MESSAGE}:BulkRequest`],
            Operations: [{ method: 'delete', path: `/Users/${id}` }],
          });
          if (answer.status !== 200) refused(answer, 400);
          else ok(['204', '400'].includes(answer.body.Operations[0].status), 'neither done nor refused');
        },
      ],
      [
        'An operation that fails carries its error message; the others happen',
        async (server) => {
          const answers = await bulk(server, [creation(server, 'one'), BAD, creation(server, 'two')]);
          equal(statuses(answers), ['201', '400', '201'], 'statuses');
          contains(answers[1].response.schemas, [`${MESSAGE}:Error`], 'schemas of the error');
          equal(answers[1].response.status, '400', 'status in the error');
        },
      ],
      [
        'An unknown id is 404 in its entry',
        async (server) =>
          equal(
            statuses(await bulk(server, [{ method: 'DELETE', path: `/Users/${UNKNOWN}` }])),
            ['404'],
            'statuses',
          ),
      ],
      [
        'A userName that is taken is 409 in its entry',
        async (server) => {
          const { userName } = await server.user();
          const [answer] = await bulk(server, [creation(server, 'x', server.userBody({ userName }))]);
          equal([answer.status, answer.response.scimType], ['409', 'uniqueness'], 'status and scimType');
        },
      ],
      [
        'failOnErrors ends the work after so many failures',
        async (server) => {
          const after = server.userBody();
          const answers = await bulk(server, [BAD, creation(server, 'after', after)], { failOnErrors: 1 });
          equal(answers[0].status, '400', 'status');
          ok(answers.length === 1 || answers[1].status !== '201', 'the work went on');
          const filter = encodeURIComponent(`userName eq "${after.userName}"`);
          equal(
            (await server.get(`/Users?filter=${filter}`)).body.totalResults,
            0,
            'created after the failure',
          );
        },
        'filter',
      ],
      [
        'Fewer failures than failOnErrors do not end it',
        async (server) =>
          equal(
            statuses(await bulk(server, [BAD, creation(server, 'x')], { failOnErrors: 2 })),
            ['400', '201'],
            'statuses',
          ),
      ],
      [
        'A POST without bulkId is refused',
        async (server) => {
          const answer = await server.post('/Bulk', {
            schemas: [`${MESSAGE}:BulkRequest`],
            Operations: [{ method: 'POST', path: '/Users', data: server.userBody() }],
          });
          if (answer.status !== 200) return refused(answer, 400);
          equal(statuses(answer.body.Operations), ['400'], 'statuses');
        },
      ],
      [
        'A body without Operations is refused',
        async (server) => refused(await server.post('/Bulk', { schemas: [`${MESSAGE}:BulkRequest`] }), 400),
      ],
      [
        'A version that is not there any more is 412 in its entry',
        async (server) => {
          const { id } = await server.user();
          const [answer] = await bulk(server, [
            { method: 'DELETE', path: `/Users/${id}`, version: 'W/"of-no-version-there-ever-was"' },
          ]);
          equal(answer.status, '412', 'status');
        },
        'etag',
      ],
      [
        'More operations than are taken is 413',
        async (server) => {
          const { maxOperations } = (await server.get('/ServiceProviderConfig')).body.bulk;
          if (maxOperations > 20_000) return;
          const Operations = Array.from({ length: maxOperations + 1 }, () => ({
            method: 'DELETE',
            path: `/Users/${UNKNOWN}`,
          }));
          refused(await server.post('/Bulk', { schemas: [`${MESSAGE}:BulkRequest`], Operations }), 413);
        },
      ],
      [
        'More bytes than are taken is 413',
        async (server) => {
          const { maxPayloadSize } = (await server.get('/ServiceProviderConfig')).body.bulk;
          if (maxPayloadSize > 30_000_000) return;
          const data = server.userBody({ title: 'x'.repeat(maxPayloadSize) });
          refused(
            await server.post('/Bulk', {
              schemas: [`${MESSAGE}:BulkRequest`],
              Operations: [creation(server, 'x', data)],
            }),
            413,
          );
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.7.2',
    'Bulk: references',
    ['users', 'groups', 'bulk'],
    [
      [
        'bulkId: stands for the id of what was created before',
        async (server) => {
          const answers = await bulk(server, [
            creation(server, 'who'),
            groupWith(server, 'team', [{ type: 'User', value: 'bulkId:who' }]),
          ]);
          equal(statuses(answers), ['201', '201'], 'statuses');
          await hasMembers(server, answers[1], [idOf(answers[0])]);
        },
      ],
      [
        'bulkId: stands for what is created later in the same request, too',
        async (server) => {
          const answers = await bulk(server, [
            groupWith(server, 'team', [{ type: 'User', value: 'bulkId:who' }]),
            creation(server, 'who'),
          ]);
          equal(statuses(answers), ['201', '201'], 'statuses');
          await hasMembers(server, answers[0], [idOf(answers[1])]);
        },
      ],
      [
        'bulkId: may stand in a path',
        async (server) => {
          const answers = await bulk(server, [
            creation(server, 'who'),
            {
              method: 'PATCH',
              path: '/Users/bulkId:who',
              data: {
                schemas: [`${MESSAGE}:PatchOp`],
                Operations: [{ op: 'add', path: 'title', value: 'by bulk' }],
              },
            },
          ]);
          ok(['200', '204'].includes(answers[1].status), `status is ${answers[1].status}`);
          equal((await server.get(`/Users/${idOf(answers[0])}`)).body.title, 'by bulk', 'title');
        },
        'patch',
      ],
      [
        'A bulkId that nothing has is an error of that operation',
        async (server) => {
          const answers = await bulk(server, [groupWith(server, 'team', [{ value: 'bulkId:nobody' }])]);
          ok(['400', '409', '404'].includes(answers[0].status), `status is ${answers[0].status}`);
        },
      ],
      [
        'Groups that contain each other are resolved or refused with 409, never an endless loop',
        async (server) => {
          const answer = await server.post('/Bulk', {
            schemas: [`${MESSAGE}:BulkRequest`],
            Operations: [
              groupWith(server, 'a', [{ type: 'Group', value: 'bulkId:b' }]),
              groupWith(server, 'b', [{ type: 'Group', value: 'bulkId:a' }]),
            ],
          });
          if (answer.status !== 200) return refused(answer, 409);
          for (const status of statuses(answer.body.Operations)) {
            ok(['201', '409', '400'].includes(status), `status is ${status}`);
          }
        },
      ],
    ],
  ),
];

function groupWith(server: ScimServer, bulkId: string, members: object[]): object {
  return { method: 'POST', path: '/Groups', bulkId, data: server.groupBody({ members }) };
}

async function hasMembers(server: ScimServer, entry: Json, ids: string[]): Promise<void> {
  const { members } = answered(await server.get(`/Groups/${idOf(entry)}`), 200).body;
  equal(
    members.map(({ value }: Json) => value),
    ids,
    'members',
  );
}
