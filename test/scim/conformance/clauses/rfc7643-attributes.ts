import { type Check, clause } from '../check';
import { answered, contains, equal, ok, refused, unassigned } from '../expectations';
import { type Json, type ScimServer, USER } from '../scim-server';

const read = async (server: ScimServer, id: string): Promise<Json> =>
  answered(await server.get(`/Users/${id}`), 200).body;

/** RFC 7643 section 2: what attributes are, whatever resource they are in. */
export const attributes: Check[] = [
  ...clause(
    'RFC 7643 §2.1',
    'Attribute names',
    ['users'],
    [
      [
        'Names in a request body are read without regard to case',
        async (server) => {
          const userName = `${server.unique()}@conformance.test`;
          const { body } = answered(
            await server.post('/Users', {
              schemas: [USER],
              USERNAME: userName,
              DisplayName: 'Ada',
              NAME: { GIVENNAME: 'Ada' },
            }),
            201,
          );
          contains(
            await read(server, body.id),
            { userName, displayName: 'Ada', name: { givenName: 'Ada' } },
            'user',
          );
        },
      ],
      [
        'Names in an answer are spelled as the schema spells them',
        async (server) => {
          const user = await server.user({ NICKNAME: 'Countess', name: { FAMILYNAME: 'Byron' } });
          contains(
            await read(server, user.id),
            { nickName: 'Countess', name: { familyName: 'Byron' } },
            'user',
          );
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §2.3',
    'Data types',
    ['users'],
    [
      [
        '§2.3.1 a string keeps every Unicode character',
        async (server) => {
          const title = 'Gräfin 伯爵 🎩 "quoted" \\ back';
          const user = await server.user({ title });
          equal((await read(server, user.id)).title, title, 'title');
        },
      ],
      [
        '§2.3.1 a number is no string',
        async (server) =>
          refused(
            await server.post('/Users', server.userBody({ title: 12 })),
            400,
            'invalidValue',
            'invalidSyntax',
          ),
      ],
      [
        '§2.3.2 a boolean is answered as a boolean',
        async (server) => {
          const user = await server.user({ active: true });
          equal((await read(server, user.id)).active, true, 'active');
        },
      ],
      [
        '§2.3.2 a word that is neither true nor false is no boolean',
        async (server) =>
          refused(
            await server.post('/Users', server.userBody({ active: 'perhaps' })),
            400,
            'invalidValue',
            'invalidSyntax',
          ),
      ],
      [
        '§2.3.5 a dateTime is an xsd:dateTime with a time zone',
        async (server) => {
          const { meta } = await server.user();
          for (const name of ['created', 'lastModified']) {
            ok(
              /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(meta[name]),
              `meta.${name} is ${meta[name]}`,
            );
          }
        },
      ],
      [
        '§2.3.6 binary is base64 and comes back as it was sent',
        async (server) => {
          const value = Buffer.from('not really a certificate').toString('base64');
          const user = await server.user({ x509Certificates: [{ value }] });
          contains(await read(server, user.id), { x509Certificates: [{ value }] }, 'user');
        },
      ],
      [
        '§2.3.7 a reference is an absolute URI or relative to the base URL',
        async (server) => {
          const { meta } = await server.user();
          ok(URL.canParse(meta.location, `${server.baseUrl}/`), `meta.location is ${meta.location}`);
        },
      ],
      [
        '§2.3.7 an external reference comes back as it was sent',
        async (server) => {
          const profileUrl = 'https://people.example/~Ada?x=1#top';
          const user = await server.user({ profileUrl });
          equal((await read(server, user.id)).profileUrl, profileUrl, 'profileUrl');
        },
      ],
      [
        '§2.3.8 text is no complex value',
        async (server) =>
          refused(
            await server.post('/Users', server.userBody({ name: 'Ada' })),
            400,
            'invalidValue',
            'invalidSyntax',
          ),
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §2.4',
    'Multi-valued attributes',
    ['users'],
    [
      [
        'Several values of one attribute are kept with their sub-attributes',
        async (server) => {
          const emails = [
            { value: `${server.unique()}@conformance.test`, type: 'work', primary: true },
            { value: `${server.unique()}@conformance.test`, type: 'home' },
          ];
          const user = await server.user({ emails });
          contains(await read(server, user.id), { emails }, 'user');
        },
      ],
      [
        'No more than one value is primary, whatever was sent',
        async (server) => {
          const answer = await server.post(
            '/Users',
            server.userBody({
              emails: [
                { value: `${server.unique()}@conformance.test`, type: 'work', primary: true },
                { value: `${server.unique()}@conformance.test`, type: 'home', primary: true },
              ],
            }),
          );
          if (answer.status === 400) return refused(answer, 400, 'invalidValue');
          answered(answer, 201);
          const { emails } = await read(server, answer.body.id);
          equal(emails.filter((email: Json) => email.primary === true).length, 1, 'primary emails');
        },
      ],
      [
        'The same pair of value and type is not returned twice',
        async (server) => {
          const email = { value: `${server.unique()}@conformance.test`, type: 'work' };
          const answer = await server.post('/Users', server.userBody({ emails: [email, email] }));
          if (answer.status === 400) return refused(answer, 400);
          answered(answer, 201);
          equal((await read(server, answer.body.id)).emails?.length, 1, 'number of emails');
        },
      ],
      [
        'A list of numbers is refused where a list of complex values belongs',
        async (server) =>
          refused(
            await server.post('/Users', server.userBody({ emails: [1, 2] })),
            400,
            'invalidValue',
            'invalidSyntax',
          ),
      ],
    ],
  ),
  ...clause(
    'RFC 7643 §2.5',
    'Unassigned and null values',
    ['users'],
    [
      [
        'null at creation leaves an attribute unassigned',
        async (server) => {
          const user = await server.user({ nickName: null, emails: null, name: null });
          const { nickName } = await read(server, user.id);
          ok(unassigned(nickName), `nickName is ${nickName}`);
        },
      ],
      [
        'An empty list at creation leaves an attribute unassigned',
        async (server) => {
          const user = await server.user({ phoneNumbers: [], roles: [] });
          const { phoneNumbers, roles } = await read(server, user.id);
          ok(unassigned(phoneNumbers) && unassigned(roles), 'phoneNumbers or roles have values');
        },
      ],
      [
        'null in a PUT clears an attribute',
        async (server) => {
          const user = await server.user({ nickName: 'Ada', title: 'Countess' });
          answered(
            await server.put(`/Users/${user.id}`, {
              schemas: [USER],
              userName: user.userName,
              nickName: null,
              title: 'Countess',
            }),
            200,
          );
          const after = await read(server, user.id);
          ok(unassigned(after.nickName), `nickName is ${after.nickName}`);
          equal(after.title, 'Countess', 'title');
        },
      ],
    ],
  ),
];
