import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { issueScimToken } from '../support/scim-client';

interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly format?: string;
  readonly minimum?: number;
}
interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
}
interface Operation {
  readonly summary?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}
interface Call {
  readonly name: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly operation: Operation;
}

/** What is said by the status alone. */
const WITHOUT_BODY = [
  'post /sso/oidc/{id}/backchannel-logout 200',
  'post /sso/oidc/{id}/events 202',
  'post /sso/saml/{id}/events 202',
  'post /v1/auth/password/forgot 202',
  'post /v1/auth/revoke 200',
  'post /v1/members/{id}/password-reset 202',
];
const NOBODYS_ID = '01a1d2c0-0000-7000-8000-00000000abcd';
const SAMPLES: Readonly<Record<string, string>> = {
  uuid: NOBODYS_ID,
  'date-time': '2030-01-31T12:00:00Z',
  email: 'user@example.com',
  uri: 'https://example.com',
};

describe('The OpenAPI document', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let schemas: Readonly<Record<string, Schema>>;
  let calls: Call[];

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    schemas = body.components.schemas;
    const paths = Object.entries(body.paths as Record<string, Record<Call['method'], Operation>>);
    calls = paths.flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        ...{ name: `${method} ${path}`, method: method as Call['method'], path, operation },
      })),
    );
  });
  afterAll(() => service?.close());

  /** What Swagger UI offers to send, where the document says no more than the schema. */
  function sampleOf(given: Schema): unknown {
    const schema = given.$ref ? { ...schemas[given.$ref.split('/').at(-1)!], ...given } : given;
    const [told] = [schema.example, schema.default, schema.enum?.[0]].filter((one) => one !== undefined);
    if (told !== undefined) return told;
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map(sampleOf));
    const [first] = schema.oneOf ?? schema.anyOf ?? [];
    if (first) return sampleOf(first);
    const type = [schema.type].flat().find((one) => one !== 'null');
    if (schema.properties) {
      return Object.fromEntries(
        Object.entries(schema.properties).map(([name, one]) => [name, sampleOf(one)]),
      );
    }
    if (type === 'array') return [sampleOf(schema.items ?? {})];
    if (type === 'number' || type === 'integer') return schema.minimum ?? 0;
    if (type === 'boolean') return true;
    if (type === 'object') return {};
    return SAMPLES[schema.format ?? ''] ?? 'string';
  }

  it('says of every call what it is for, what it takes and what it answers', () => {
    expect(calls.length).toBeGreaterThan(200);
    expect(calls.filter(({ operation }) => !operation.summary).map(({ name }) => name)).toEqual([]);
    const silent = calls.flatMap(({ name, operation }) =>
      Object.entries(operation.responses)
        .filter(([status, { content }]) => /^20[^4]/.test(status) && !hasSchema(content))
        .map(([status]) => `${name} ${status}`),
    );
    expect(silent.sort()).toEqual(WITHOUT_BODY);
  });

  it('offers bodies to send that the service understands', async () => {
    const { token } = await issueScimToken(service, workspace.admin);
    const refused: unknown[] = [];
    for (const { name, method, path, operation } of calls) {
      for (const [type, { example, schema }] of Object.entries(operation.requestBody?.content ?? {})) {
        if (!type.includes('json')) continue;
        const bearer = path.startsWith('/scim/') ? token : await freshToken();
        const { status, body } = await service
          .http(bearer)
          [method](path.replace(/\{[^}]+\}/g, NOBODYS_ID))
          .type(type)
          .send((example ?? sampleOf(schema ?? {})) as object);
        const understood =
          status < 500 && !(status === 400 && NOT_UNDERSTOOD.test(body.code ?? body.scimType));
        if (!understood) refused.push([name, status, body.code ?? body.scimType, body.errors ?? body.detail]);
      }
    }
    expect(refused).toEqual([]);
  });

  /** Some of the calls end the session that asks. */
  const freshToken = async (): Promise<string> => (await service.signIn(workspace.admin.email)).accessToken;
});

/** The codes of what stands in a body, not of what is behind it. */
const NOT_UNDERSTOOD = /^(validation_failed|malformed_json|invalid(Syntax|Value|Path|Filter))$/;

const hasSchema = (content: Readonly<Record<string, Content>> = {}): boolean =>
  Object.values(content).some(({ schema }) => schema !== undefined && Object.keys(schema).length > 0);
