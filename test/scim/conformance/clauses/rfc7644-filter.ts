import { type Check, clause, type Run } from '../check';
import { equal, ok, refused, resources } from '../expectations';
import { ENTERPRISE, type Json, type ScimServer, USER } from '../scim-server';

type Who = 'ada' | 'bob' | 'cyd' | 'dee';

/** Four people who differ in everything that is filtered by. */
function people(server: ScimServer): Promise<Record<Who, Json>> {
  return server.once('people to filter by', async () => {
    const person = (who: string, fields: object): Promise<Json> =>
      server.user({
        userName: `${who}.${server.tag}`,
        externalId: `Ext-${who}-${server.tag}`,
        userType: server.tag,
        ...fields,
      });
    const withDepartment = (department: string): object => ({
      schemas: [USER, ENTERPRISE],
      [ENTERPRISE]: { department, employeeNumber: department.length.toString() },
    });
    return {
      ada: await person('Ada', {
        userName: `Ada.${server.tag}@Conformance.test`,
        title: 'Countess',
        nickName: 'Say "hi" \\ here',
        name: { givenName: 'Ada', familyName: 'Byron' },
        active: true,
        emails: [
          { value: `ada-${server.tag}@work.test`, type: 'work', primary: true },
          { value: `ada-${server.tag}@home.test`, type: 'home' },
        ],
        ...withDepartment('Engines'),
      }),
      bob: await person('bob', {
        title: 'Engineer',
        name: { givenName: 'Bob', familyName: 'Babbage' },
        active: true,
        emails: [
          { value: `bob-${server.tag}@home.test`, type: 'work' },
          { value: `bob-${server.tag}@other.test`, type: 'home', primary: true },
        ],
        ...withDepartment('Mathematics'),
      }),
      cyd: await person('cyd', {
        title: 'engine driver',
        name: { givenName: 'Cyd', familyName: 'De Morgan' },
        active: false,
      }),
      dee: await person('dee', { active: true, phoneNumbers: [{ value: '555', type: 'mobile' }] }),
    };
  });
}

/** The people of ours that a filter finds, in any order. `TAG` stands for what only they have. */
const finds =
  (filter: string, ...who: Who[]): Run =>
  async (server) => {
    const all = await people(server);
    const spelled = filter.replaceAll('TAG', server.tag).replace(/ID_OF_(\w+)/, (_, one: Who) => all[one].id);
    const ours = `userType eq "${server.tag}" and (${spelled})`;
    const found = resources(await server.get(`/Users?filter=${encodeURIComponent(ours)}`));
    equal(
      (Object.keys(all) as Who[]).filter((one) => found.some(({ id }) => id === all[one].id)),
      (Object.keys(all) as Who[]).filter((one) => who.includes(one)),
      `found by ${ours}`,
    );
    equal(found.length, who.length, 'number of those found');
  };

const findsPlainly =
  (filter: string, ...who: Who[]): Run =>
  async (server) => {
    const all = await people(server);
    const found = resources(
      await server.get(`/Users?filter=${encodeURIComponent(filter.replaceAll('TAG', server.tag))}`),
    );
    equal(found.map(({ id }) => id).sort(), who.map((one) => all[one].id).sort(), `found by ${filter}`);
  };

const isInvalid =
  (filter: string): Run =>
  async (server) =>
    refused(await server.get(`/Users?filter=${encodeURIComponent(filter)}`), 400, 'invalidFilter');

const found = (filter: string, ...who: Who[]) => [filter, finds(filter, ...who)] as const;
const invalid = (filter: string) => [`Refused as invalidFilter: ${filter}`, isInvalid(filter)] as const;

export const filters: Check[] = [
  ...clause(
    'RFC 7644 §3.4.2.2',
    'Filtering: operators',
    ['users', 'filter'],
    [
      [
        'userName eq finds one without more ado',
        findsPlainly('userName eq "ada.TAG@conformance.test"', 'ada'),
      ],
      found('title eq "Countess"', 'ada'),
      found('title eq "countess"', 'ada'),
      found('externalId eq "Ext-Ada-TAG"', 'ada'),
      ['externalId is compared with regard to case', finds('externalId eq "ext-ada-TAG"')],
      found('id eq "ID_OF_bob"', 'bob'),
      found('title ne "Countess"', 'bob', 'cyd', 'dee'),
      found('title co "ngin"', 'bob', 'cyd'),
      found('title co "NGIN"', 'bob', 'cyd'),
      found('title sw "Engine"', 'bob', 'cyd'),
      found('title ew "er"', 'bob', 'cyd'),
      found('title ew "ess"', 'ada'),
      found('title pr', 'ada', 'bob', 'cyd'),
      found('title gt "Engineer"'),
      found('name.familyName gt "Byron"', 'cyd'),
      found('name.familyName ge "Byron"', 'ada', 'cyd'),
      found('name.familyName lt "Byron"', 'bob'),
      found('name.familyName le "Byron"', 'ada', 'bob'),
      found('active eq true', 'ada', 'bob', 'dee'),
      found('active eq false', 'cyd'),
      found('active ne true', 'cyd'),
      found('meta.created gt "2001-01-01T00:00:00Z"', 'ada', 'bob', 'cyd', 'dee'),
      found('meta.created lt "2001-01-01T00:00:00Z"'),
      found('meta.lastModified ge "2001-01-01T02:00:00+02:00"', 'ada', 'bob', 'cyd', 'dee'),
      found('meta.resourceType eq "User"', 'ada', 'bob', 'cyd', 'dee'),
      [
        'Operators are read without regard to case',
        finds('title EQ "Countess" Or title Sw "Engineer"', 'ada', 'bob'),
      ],
      [
        'Names are read without regard to case',
        finds('TITLE eq "Countess" and NAME.givenname eq "Ada"', 'ada'),
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.2.2',
    'Filtering: logic',
    ['users', 'filter'],
    [
      found('title co "ngin" and active eq true', 'bob'),
      found('title eq "Countess" or active eq false', 'ada', 'cyd'),
      found('not (title co "ngin")', 'ada', 'dee'),
      found('not (title eq "Countess")', 'bob', 'cyd', 'dee'),
      [
        'and binds tighter than or',
        finds('title eq "Countess" or title co "ngin" and active eq false', 'ada', 'cyd'),
      ],
      [
        'Parentheses bind tightest',
        finds('(title eq "Countess" or title co "ngin") and active eq false', 'cyd'),
      ],
      ['not binds tighter than and', finds('not (title co "ngin") and active eq true', 'ada', 'dee')],
      found('((title eq "Countess"))', 'ada'),
      found('title pr and not (emails pr)', 'cyd'),
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.2.2',
    'Filtering: paths',
    ['users', 'filter'],
    [
      found('name.familyName eq "byron"', 'ada'),
      found('emails.value eq "ada-TAG@home.test"', 'ada'),
      found('emails.type eq "home"', 'ada', 'bob'),
      found('emails co "home.test"', 'ada', 'bob'),
      found('emails pr', 'ada', 'bob'),
      found('phoneNumbers pr', 'dee'),
      found('emails[type eq "work"]', 'ada', 'bob'),
      [
        'One and the same element has to satisfy everything in the brackets',
        finds('emails[type eq "work" and value co "home"]', 'bob'),
      ],
      found('emails[type eq "home" and primary eq true]', 'bob'),
      found('emails[type eq "work" or type eq "home"]', 'ada', 'bob'),
      found('emails[not (type eq "work")]', 'ada', 'bob'),
      found('emails[type eq "work"] and title eq "Countess"', 'ada'),
      found(`${USER}:title eq "Countess"`, 'ada'),
      found(`${USER}:name.familyName eq "Byron"`, 'ada'),
      [
        'The URN of an extension qualifies its attributes',
        finds(`${ENTERPRISE}:department eq "Engines"`, 'ada'),
        'enterprise',
      ],
      [
        'An attribute of an extension can be asked for presence',
        finds(`${ENTERPRISE}:department pr`, 'ada', 'bob'),
        'enterprise',
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.2.2',
    'Filtering: text',
    ['users', 'filter'],
    [
      [
        'Quotes and backslashes in text are escaped as in JSON',
        finds('nickName eq "Say \\"hi\\" \\\\ here"', 'ada'),
      ],
      ['Unicode escapes are those of JSON', finds('title eq "\\u0043ountess"', 'ada')],
      ['Wildcards of SQL stand for themselves', finds('title co "%" or title co "_"')],
      ['A pattern of a regular expression stands for itself', finds('title co ".*" or title sw "^C"')],
      [
        'A filter is found with "+" for space, as forms are written',
        async (server) => {
          const { ada } = await people(server);
          const found = resources(
            await server.get(`/Users?filter=userName+eq+%22${encodeURIComponent(ada.userName)}%22`),
          );
          equal(
            found.map(({ id }) => id),
            [ada.id],
            'found',
          );
        },
      ],
    ],
  ),
  ...clause(
    'RFC 7644 §3.4.2.2',
    'Filtering: refusals',
    ['users', 'filter'],
    [
      invalid('userName'),
      invalid('userName eq'),
      invalid('userName eq bob'),
      invalid('userName xx "bob"'),
      invalid('eq "bob"'),
      invalid('userName eq "bob'),
      invalid('(userName eq "bob"'),
      invalid('userName eq "bob")'),
      invalid('userName eq "bob" and'),
      invalid('userName eq "bob" userName eq "bob"'),
      invalid('emails[type eq "work"'),
      invalid('emails[]'),
      invalid('not userName eq "bob"'),
      invalid('active gt true'),
      [
        'A filter that is refused is not answered as if it had matched everybody or nobody',
        async (server) => {
          const { status } = await server.get(
            `/Users?filter=${encodeURIComponent('noSuchAttribute eq "x"')}`,
          );
          ok(status === 400 || status === 200, `answered ${status}`);
          if (status === 200) {
            const { body } = await server.get(
              `/Users?filter=${encodeURIComponent('noSuchAttribute eq "x"')}`,
            );
            equal(body.totalResults, 0, 'totalResults');
          }
        },
      ],
    ],
  ),
];
