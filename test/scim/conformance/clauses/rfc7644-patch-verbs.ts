import { type Check, clause } from '../check';
import { answered, equal } from '../expectations';
import { ADA, becomes, ENGINES, HOME, patched, read, refuses, WORK } from '../patching';
import { ENTERPRISE } from '../scim-server';

/** RFC 7644 sections 3.5.2.1 to 3.5.2.3: add, remove, replace. */
export const patchVerbs: Check[] = [
  ...clause(
    'RFC 7644 §3.5.2.1',
    'PATCH: add',
    ['users', 'patch'],
    [
      ['A single value', becomes({}, [{ op: 'add', path: 'title', value: 'Lady' }], { title: 'Lady' })],
      [
        'A single value that is there is replaced',
        becomes(ADA, [{ op: 'add', path: 'title', value: 'Lady' }], { title: 'Lady' }),
      ],
      [
        'A sub-attribute leaves the others',
        becomes(ADA, [{ op: 'add', path: 'name.middleName', value: 'King' }], {
          name: { givenName: 'Ada', familyName: 'Byron', middleName: 'King' },
        }),
      ],
      [
        'A complex value leaves the parts that it does not name',
        becomes(ADA, [{ op: 'add', path: 'name', value: { middleName: 'King' } }], {
          name: { givenName: 'Ada', familyName: 'Byron', middleName: 'King' },
        }),
      ],
      [
        'Values are appended to a list',
        becomes(
          ADA,
          [{ op: 'add', path: 'phoneNumbers', value: [{ value: '+1 555 0102', type: 'other' }] }],
          { phoneNumbers: [WORK, HOME, { value: '+1 555 0102', type: 'other' }] },
        ),
      ],
      [
        'A list that is not there is made',
        becomes({}, [{ op: 'add', path: 'phoneNumbers', value: [{ value: '1', type: 'work' }] }], {
          phoneNumbers: [{ value: '1', type: 'work' }],
        }),
      ],
      [
        'A value that is there is not added again',
        becomes(ADA, [{ op: 'add', path: 'phoneNumbers', value: [HOME] }], { phoneNumbers: [WORK, HOME] }),
      ],
      [
        'Without a path the value names the attributes',
        becomes(ADA, [{ op: 'add', value: { title: 'Lady', nickName: 'Ada' } }], {
          title: 'Lady',
          nickName: 'Ada',
        }),
      ],
      [
        'Without a path lists are appended to',
        becomes(ADA, [{ op: 'add', value: { phoneNumbers: [{ value: '+1 555 0102' }] } }], {
          phoneNumbers: [WORK, HOME, { value: '+1 555 0102' }],
        }),
      ],
      [
        'Without a path complex values are merged',
        becomes(ADA, [{ op: 'add', value: { name: { middleName: 'King' } } }], {
          name: { givenName: 'Ada', middleName: 'King' },
        }),
      ],
      [
        'A filter in the path selects the element',
        becomes(ADA, [{ op: 'add', path: 'phoneNumbers[type eq "home"].display', value: 'At home' }], {
          phoneNumbers: [WORK, { ...HOME, display: 'At home' }],
        }),
      ],
      [
        'An attribute of an extension by its URN',
        becomes({}, [{ op: 'add', path: `${ENTERPRISE}:department`, value: 'Engines' }], {
          [ENTERPRISE]: { department: 'Engines' },
        }),
        'enterprise',
      ],
      [
        'Without a path an extension is an object under its URN',
        becomes(ENGINES, [{ op: 'add', value: { [ENTERPRISE]: { division: 'South' } } }], {
          [ENTERPRISE]: { department: 'Engines', division: 'South' },
        }),
        'enterprise',
      ],
      [
        'A value of the wrong type is invalidValue',
        refuses(ADA, [{ op: 'add', path: 'active', value: 'perhaps' }], 'invalidValue', 'invalidSyntax'),
      ],
      [
        'Without a value it is refused',
        refuses(ADA, [{ op: 'add', path: 'title' }], 'invalidValue', 'invalidSyntax'),
      ],
      [
        'Adding what is there already changes neither the resource nor its lastModified',
        async (server) => {
          const before = await server.user(ADA);
          await new Promise((resolve) => setTimeout(resolve, 20));
          answered(
            await server.patch(`/Users/${before.id}`, [{ op: 'add', path: 'title', value: 'Countess' }]),
            200,
            204,
          );
          equal(await read(server, before.id), before, 'user');
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.5.2.2',
    'PATCH: remove',
    ['users', 'patch'],
    [
      ['Without a path it is noTarget', refuses(ADA, [{ op: 'remove' }], 'noTarget')],
      ['A single value', becomes(ADA, [{ op: 'remove', path: 'title' }], { title: null })],
      [
        'A sub-attribute leaves the others',
        async (server) =>
          equal(
            (await patched(server, ADA, { op: 'remove', path: 'name.givenName' })).name,
            { familyName: 'Byron' },
            'name',
          ),
      ],
      ['A complex value', becomes(ADA, [{ op: 'remove', path: 'name' }], { name: null })],
      [
        'A whole list',
        becomes(
          { ...ADA, phoneNumbers: [{ value: '1' }, { value: '2' }] },
          [{ op: 'remove', path: 'phoneNumbers' }],
          { phoneNumbers: null },
        ),
      ],
      [
        'The elements that a filter selects',
        becomes(ADA, [{ op: 'remove', path: 'phoneNumbers[type eq "home"]' }], { phoneNumbers: [WORK] }),
      ],
      [
        'A part of the elements that a filter selects',
        becomes(
          {
            phoneNumbers: [
              { value: '1', type: 'work', display: 'one' },
              { value: '2', type: 'home', display: 'two' },
            ],
          },
          [{ op: 'remove', path: 'phoneNumbers[type eq "work"].display' }],
          {
            phoneNumbers: [
              { value: '1', type: 'work' },
              { value: '2', type: 'home', display: 'two' },
            ],
          },
        ),
      ],
      [
        'The last element leaves the attribute unassigned',
        becomes(
          { phoneNumbers: [{ value: '1', type: 'work' }] },
          [{ op: 'remove', path: 'phoneNumbers[type eq "work"]' }],
          { phoneNumbers: null },
        ),
      ],
      [
        'What is required is not removed: mutability',
        refuses(ADA, [{ op: 'remove', path: 'userName' }], 'mutability', 'invalidValue'),
      ],
      [
        'What is read-only is not removed: mutability',
        refuses(ADA, [{ op: 'remove', path: 'id' }], 'mutability'),
      ],
      [
        'An attribute of an extension',
        async (server) =>
          equal(
            (await patched(server, ENGINES, { op: 'remove', path: `${ENTERPRISE}:department` }))[ENTERPRISE],
            { costCenter: '1' },
            'extension',
          ),
        'enterprise',
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.5.2.3',
    'PATCH: replace',
    ['users', 'patch'],
    [
      ['A single value', becomes(ADA, [{ op: 'replace', path: 'title', value: 'Lady' }], { title: 'Lady' })],
      [
        'What is not there is added',
        becomes({}, [{ op: 'replace', path: 'title', value: 'Lady' }], { title: 'Lady' }),
      ],
      [
        'A sub-attribute leaves the others',
        becomes(ADA, [{ op: 'replace', path: 'name.givenName', value: 'Augusta' }], {
          name: { givenName: 'Augusta', familyName: 'Byron' },
        }),
      ],
      [
        'A complex value leaves the parts that it does not name',
        becomes(ADA, [{ op: 'replace', path: 'name', value: { givenName: 'Augusta' } }], {
          name: { givenName: 'Augusta', familyName: 'Byron' },
        }),
      ],
      [
        'A list is replaced as a whole',
        becomes(
          ADA,
          [{ op: 'replace', path: 'phoneNumbers', value: [{ value: '+1 555 0102', type: 'work' }] }],
          { phoneNumbers: [{ value: '+1 555 0102', type: 'work' }] },
        ),
      ],
      [
        'Without a path the value names the attributes',
        becomes(ADA, [{ op: 'replace', value: { title: 'Lady', nickName: 'Ada' } }], {
          title: 'Lady',
          nickName: 'Ada',
        }),
      ],
      [
        'Without a path what is not named stays',
        becomes(ADA, [{ op: 'replace', value: { nickName: 'Ada' } }], {
          title: 'Countess',
          name: { givenName: 'Ada' },
          phoneNumbers: [WORK, HOME],
        }),
      ],
      [
        'The elements that a filter selects',
        becomes(
          ADA,
          [
            {
              op: 'replace',
              path: 'phoneNumbers[type eq "home"]',
              value: { value: '+1 555 0102', type: 'home' },
            },
          ],
          { phoneNumbers: [WORK, { value: '+1 555 0102', type: 'home' }] },
        ),
      ],
      [
        'A part of all elements that a filter selects',
        becomes(
          {
            phoneNumbers: [
              { value: '1', type: 'work' },
              { value: '2', type: 'work' },
              { value: '3', type: 'home' },
            ],
          },
          [{ op: 'replace', path: 'phoneNumbers[type eq "work"].display', value: 'Desk' }],
          {
            phoneNumbers: [
              { value: '1', type: 'work', display: 'Desk' },
              { value: '2', type: 'work', display: 'Desk' },
              { value: '3', type: 'home' },
            ],
          },
        ),
      ],
      [
        'A filter with and',
        becomes(
          ADA,
          [
            {
              op: 'replace',
              path: 'phoneNumbers[type eq "work" and value eq "+1 555 0100"].display',
              value: 'Desk',
            },
          ],
          { phoneNumbers: [{ ...WORK, display: 'Desk' }, HOME] },
        ),
      ],
      [
        'A filter that selects nothing, and does not say how to make it, is noTarget',
        refuses(
          ADA,
          [{ op: 'replace', path: 'phoneNumbers[value co "nowhere"].display', value: 'x' }],
          'noTarget',
        ),
      ],
      [
        'A value of the wrong type is invalidValue',
        refuses(ADA, [{ op: 'replace', path: 'name', value: 'Ada' }], 'invalidValue', 'invalidSyntax'),
      ],
      [
        'An attribute of an extension',
        becomes(ENGINES, [{ op: 'replace', path: `${ENTERPRISE}:department`, value: 'Mathematics' }], {
          [ENTERPRISE]: { department: 'Mathematics', costCenter: '1' },
        }),
        'enterprise',
      ],
    ],
  ),
];
