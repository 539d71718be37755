import { type Check, clause } from '../check';
import { answered, equal, refused } from '../expectations';
import { ADA, becomes, patched, read, refuses } from '../patching';
import { type Json, MESSAGE, USER } from '../scim-server';

const PATCH = `${MESSAGE}:PatchOp`;
const UNKNOWN = '7f9c24e8-3b12-4b6f-9d20-5a0f0f0f0f0f';

export const patch: Check[] = [
  ...clause(
    'RFC 7644 §3.5.2',
    'PATCH as a whole',
    ['users', 'patch'],
    [
      [
        'It is answered 200 with the resource, or 204',
        async (server) => {
          const { id } = await server.user();
          const answer = answered(
            await server.patch(`/Users/${id}`, [{ op: 'add', path: 'title', value: 'x' }]),
            200,
            204,
          );
          if (answer.status === 204) equal(answer.text, '', 'body');
        },
      ],
      [
        'With the parameter "attributes" it is answered 200 with these',
        async (server) => {
          const { id } = await server.user({ displayName: 'Ada' });
          const { body } = answered(
            await server.patch(`/Users/${id}?attributes=title`, [{ op: 'add', path: 'title', value: 'x' }]),
            200,
          );
          equal([body.title, 'displayName' in body], ['x', false], 'title, displayName');
        },
      ],
      [
        'Operations are applied in order, each to what the one before left',
        becomes(
          ADA,
          [
            { op: 'replace', path: 'title', value: 'first' },
            { op: 'remove', path: 'title' },
            { op: 'add', path: 'title', value: 'last' },
          ],
          { title: 'last' },
        ),
      ],
      [
        'One operation that fails takes all others with it',
        refuses(ADA, [
          { op: 'replace', path: 'title', value: 'changed' },
          { op: 'remove', path: 'userName' },
        ]),
      ],
      [
        'An unknown id is 404',
        async (server) =>
          refused(await server.patch(`/Users/${UNKNOWN}`, [{ op: 'add', path: 'title', value: 'x' }]), 404),
      ],
      [
        'An operation that does not exist is invalidSyntax',
        refuses(ADA, [{ op: 'increment', path: 'title', value: 'x' }], 'invalidSyntax', 'invalidValue'),
      ],
      [
        'An operation without op is invalidSyntax',
        refuses(ADA, [{ path: 'title', value: 'x' }], 'invalidSyntax', 'invalidValue'),
      ],
      [
        'A body without Operations is invalidSyntax',
        async (server) => {
          const { id } = await server.user();
          refused(
            await server.send('PATCH', `/Users/${id}`, { body: { schemas: [PATCH] } }),
            400,
            'invalidSyntax',
            'invalidValue',
          );
        },
      ],
      [
        'A body with another schema is refused',
        async (server) => {
          const { id } = await server.user();
          const body = {
            schemas: ['urn:example:nonsense'],
            Operations: [{ op: 'add', path: 'title', value: 'x' }],
          };
          refused(await server.send('PATCH', `/Users/${id}`, { body }), 400, 'invalidSyntax', 'invalidValue');
        },
      ],
      [
        'A path that cannot be read is invalidPath',
        refuses(
          ADA,
          [{ op: 'replace', path: 'phoneNumbers[type eq', value: 'x' }],
          'invalidPath',
          'invalidFilter',
        ),
      ],
      [
        'A path to what does not exist is invalidPath',
        refuses(ADA, [{ op: 'replace', path: 'noSuchAttribute', value: 'x' }], 'invalidPath', 'noTarget'),
      ],
      [
        'A path to a sub-attribute that does not exist is invalidPath',
        refuses(ADA, [{ op: 'replace', path: 'name.noSuchPart', value: 'x' }], 'invalidPath', 'noTarget'),
      ],
      [
        'Changing what is read-only is mutability',
        refuses(ADA, [{ op: 'replace', path: 'id', value: 'x' }], 'mutability'),
      ],
      [
        'Changing meta is mutability',
        refuses(ADA, [{ op: 'replace', path: 'meta.created', value: '1999-01-01T00:00:00Z' }], 'mutability'),
      ],
      [
        'Changing groups through the user is mutability',
        refuses(ADA, [{ op: 'add', path: 'groups', value: [{ value: 'g' }] }], 'mutability'),
      ],
      [
        'The userName of somebody else is 409 uniqueness, and nothing changes',
        async (server) => {
          const [one, other] = [await server.user(), await server.user()];
          refused(
            await server.patch(`/Users/${one.id}`, [
              { op: 'replace', path: 'title', value: 'changed' },
              { op: 'replace', path: 'userName', value: other.userName },
            ]),
            409,
            'uniqueness',
          );
          equal(await read(server, one.id), one, 'user after a refused PATCH');
        },
      ],
      [
        'A new primary value takes the place of the one before',
        async (server) => {
          const { phoneNumbers } = await patched(server, ADA, {
            op: 'add',
            path: 'phoneNumbers',
            value: [{ value: '+1 555 0102', type: 'other', primary: true }],
          });
          equal(
            phoneNumbers.filter((one: Json) => one.primary === true).map((one: Json) => one.value),
            ['+1 555 0102'],
            'primary phoneNumbers',
          );
        },
      ],
      [
        'Names in a path are read without regard to case',
        becomes(ADA, [{ op: 'replace', path: 'NAME.GIVENNAME', value: 'Augusta' }], {
          name: { givenName: 'Augusta' },
        }),
      ],
      [
        'A path may be qualified by the URN of the core schema',
        becomes(ADA, [{ op: 'replace', path: `${USER}:title`, value: 'Lady' }], { title: 'Lady' }),
      ],
      [
        'active: false by PATCH is seen by the next reader',
        becomes(ADA, [{ op: 'replace', path: 'active', value: false }], { active: false }),
      ],
    ],
  ),
];
