import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { NOBODYS_ID, sampleOf, type Schema, type Schemas } from '../support/openapi-samples';
import { issueScimToken } from '../support/scim-client';

interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
}
interface Parameter extends Content {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}
interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
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
describe('The OpenAPI document', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let schemas: Schemas;
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

  it('asks by itself for nothing in particular: Swagger UI would send an example as if somebody had typed it', () => {
    const asked = calls.flatMap(({ name, operation: { parameters = [] } }) =>
      parameters
        .filter(
          (one) => one.in === 'query' && !one.required && (one.example ?? one.schema?.example) !== undefined,
        )
        .map((one) => `${name} ${one.name}`),
    );
    expect(asked).toEqual([]);
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
          .send((example ?? sampleOf(schema ?? {}, schemas)) as object);
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
