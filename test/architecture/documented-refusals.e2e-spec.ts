import { startApp, type TestApp } from '../support/app';
import { issueScimToken } from '../support/scim-client';

interface Parameter {
  readonly name?: string;
  readonly in?: string;
}
interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, object>>;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, Answer>>;
}
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
interface Call {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
}
/** What somebody gets wrong about a call. */
interface Misuse {
  readonly query?: object;
  readonly headers?: Record<string, string>;
  readonly type?: string;
  readonly body?: string;
}

const NOBODYS_ID = '01a1d2c0-0000-7000-8000-00000000abcd';
const JSON_TYPE = 'application/json';
/** What ends the session that asks where nothing is wrong with the request. */
const ENDS_SESSIONS = /\/(logout|sessions|me)$/;

describe('The OpenAPI document', () => {
  let service: TestApp;
  let token: string;
  let scimToken: string;
  let calls: Call[];

  beforeAll(async () => {
    service = await startApp();
    const { admin } = await service.workspace();
    token = admin.accessToken;
    ({ token: scimToken } = await issueScimToken(service, admin));
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    const paths = Object.entries(body.paths as Record<string, Record<Method, Operation>>);
    calls = paths.flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method: method as Method, path, operation })),
    );
  });
  afterAll(() => service?.close());

  const tokenFor = ({ path }: Call): string => (path.startsWith('/scim/') ? scimToken : token);

  function misusesOf(call: Call): Misuse[] {
    const known = { authorization: `Bearer ${tokenFor(call)}` };
    const misuses: Misuse[] = [
      {},
      { headers: { authorization: 'Bearer nonsense' } },
      { headers: { ...known, 'x-api-key': 'gh_nonsense' } },
    ];
    for (const { name } of (call.operation.parameters ?? []).filter((one) => one.in === 'query')) {
      misuses.push({ headers: known, query: { [name!]: 'non sense' } });
    }
    if (call.method === 'get' || ENDS_SESSIONS.test(call.path)) return misuses;
    const bodies = [
      [JSON_TYPE, '{'],
      [JSON_TYPE, '[]'],
      [JSON_TYPE, '{"a":1,"a":2}'],
      [JSON_TYPE, '{"nobodyKnowsThis":true}'],
      [JSON_TYPE, JSON.stringify({ long: 'x'.repeat(3_000_000) })],
      ['application/x-www-form-urlencoded', 'a=b'],
      ['application/xml', '<a/>'],
    ] as const;
    misuses.push(...bodies.map(([type, body]) => ({ headers: known, type, body })));
    misuses.push({ headers: { ...known, 'idempotency-key': 'no key' }, type: JSON_TYPE, body: '{}' });
    return misuses;
  }

  it('names every answer to a call that is made wrongly: its status, its code and its type', async () => {
    const unsaid = new Set<string>();
    let refused = 0;
    for (const call of calls) {
      for (const { query = {}, headers = {}, type, body } of misusesOf(call)) {
        const request = service
          .http()
          [call.method](call.path.replace(/\{[^}]+\}/g, NOBODYS_ID))
          .redirects(0)
          .query(query)
          .set(headers);
        const answer = await (type === undefined ? request : request.type(type).send(body));
        if (answer.status < 400) continue;
        refused += 1;
        const { responses } = call.operation;
        const said = responses[answer.status] ?? responses['default'];
        const code = /^\/(v1|access)\//.test(call.path)
          ? ((answer.body as { code?: string }).code ?? '')
          : '';
        const isSaid =
          said?.content !== undefined && answer.type in said.content && said.description.includes(code);
        if (!isSaid) unsaid.add(`${call.method} ${call.path}: ${answer.status} ${code} ${answer.type}`);
      }
    }
    expect([...unsaid].sort()).toEqual([]);
    expect(refused).toBeGreaterThan(1500);
  }, 300_000);
});
