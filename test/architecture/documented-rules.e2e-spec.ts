import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { named, NOBODYS_ID, sampleOf, type Schema, type Schemas } from '../support/openapi-samples';

interface Operation {
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>;
  };
}
type Method = 'post' | 'put' | 'patch' | 'delete';
interface Field {
  readonly path: readonly string[];
  readonly schema: Schema;
}
interface Call {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly sample: object;
  readonly body: Schema;
  readonly isRequired: boolean;
  readonly fields: readonly Field[];
}

/** What ends the session that asks, and what passes over fields that it does not know (RFC 7662 section 2.1). */
const OTHERS = /\/(logout|switch|introspect|revoke)$/;
/** Judged as passwords, after what proves that whoever asks may choose one. */
const CHOSEN = /^(newPassword|password)$/;
/** Longer than any field may be that does not say how long. */
const ENDLESS = 'x'.repeat(70_000);

describe('The OpenAPI document says of the fields of a body', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let schemas: Schemas;
  let calls: Call[];

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    schemas = body.components.schemas as Schemas;
    const paths = Object.entries(body.paths as Record<string, Record<Method, Operation>>);
    calls = paths
      .flatMap(([path, item]) => Object.entries(item).map(([method, one]) => [path, method, one] as const))
      .flatMap(([path, method, { requestBody }]) => {
        const { schema, example } = requestBody?.content['application/json'] ?? {};
        if (!requestBody || !schema?.$ref || OTHERS.test(path)) return [];
        const whole = named(schema, schemas);
        return {
          ...{ name: `${method} ${path}`, method: method as Method, path, body: whole },
          ...{ sample: (example ?? sampleOf(schema, schemas)) as object, isRequired: requestBody.required },
          fields: fieldsOf(whole, []),
        };
      });
  });
  afterAll(() => service?.close());

  /** Its own, and those of the objects in it. */
  function fieldsOf({ properties = {} }: Schema, within: readonly string[]): Field[] {
    return Object.entries(properties).flatMap(([name, one]) => {
      const path = [...within, name];
      const schema = partOf(one);
      return [{ path, schema }, ...fieldsOf(schema, path)];
    });
  }

  function partOf(given: Schema): Schema {
    const schema = named(given, schemas);
    const part = (schema.allOf ?? schema.anyOf ?? []).find(({ $ref }) => $ref !== undefined);
    return part ? named(part, schemas) : schema;
  }

  /** The fields that are refused when this one has such a value. */
  async function refusedFor({ method, path, sample }: Call, field: Field, value: unknown): Promise<string[]> {
    const body = structuredClone(sample) as Record<string, unknown>;
    const holder = field.path.slice(0, -1).reduce((whole, name) => {
      whole[name] = typeof whole[name] === 'object' && whole[name] !== null ? whole[name] : {};
      return whole[name] as Record<string, unknown>;
    }, body);
    holder[field.path.at(-1)!] = value;
    const answer = await service
      .http(workspace.admin.accessToken)
      [method](path.replace(/\{[^}]+\}/g, NOBODYS_ID))
      .send(body);
    const { code, errors = [] } = answer.body as {
      code?: string;
      errors?: { field: string; message: string }[];
    };
    // So long that the whole body is.
    if (code === 'payload_too_large') return [`${field.path.join('.')}: ${code}`];
    return errors.map(({ field: name, message }) => `${name}: ${message}`);
  }

  it('what they are held to: no more and no less passes', async () => {
    const passed: string[] = [];
    let tried = 0;
    for (const call of calls) {
      for (const field of call.fields.filter(({ path }) => !CHOSEN.test(path.at(-1)!))) {
        for (const value of beyond(field.schema, schemas)) {
          tried += 1;
          const errors = await refusedFor(call, field, value);
          const isRefused = errors.some((one) => one.startsWith(field.path.join('.')));
          if (!isRefused)
            passed.push(`${call.name}: ${field.path.join('.')} ${JSON.stringify(value)?.slice(0, 60)}`);
        }
      }
    }
    expect(passed).toEqual([]);
    expect(tried).toBeGreaterThan(300);
  }, 120_000);

  it('how long a text may be, where it may not be of any length', async () => {
    const unsaid: string[] = [];
    for (const call of calls) {
      for (const field of call.fields.filter(({ schema }) => isFreeText(schema))) {
        const errors = await refusedFor(call, field, ENDLESS);
        if (errors.some((one) => one.startsWith(field.path.join('.')) && one.includes('shorter than')))
          unsaid.push(`${call.name}: ${field.path.join('.')}`);
      }
    }
    expect(unsaid).toEqual([]);
  }, 120_000);

  it('that there are no others', () => {
    expect(calls.filter(({ body }) => body.additionalProperties !== false).map(({ name }) => name)).toEqual(
      [],
    );
  });

  it('that none is needed, where a call is understood without a body', async () => {
    const refused: unknown[] = [];
    const optional = calls.filter(({ isRequired }) => !isRequired);
    for (const { name, method, path } of optional) {
      const send = () =>
        service.http(workspace.admin.accessToken)[method](path.replace(/\{[^}]+\}/g, NOBODYS_ID));
      const [without, empty] = [await send(), await send().send({})];
      if (without.status !== empty.status) refused.push([name, without.status, empty.status]);
    }
    expect(refused).toEqual([]);
    expect(optional.map(({ name }) => name)).toContain('post /v1/sso/connections/{id}/activate');
  });
});

/** Values just past what the document allows. */
function beyond(schema: Schema, schemas: Schemas): unknown[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, uniqueItems, pattern } = schema;
  const item = (): unknown => sampleOf(schema.items ?? {}, schemas);
  return [
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...([schema.type].flat().includes('integer') ? [(minimum ?? 0) + 0.5] : []),
    ...(minLength ? ['x'.repeat(minLength - 1)] : []),
    ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)]),
    ...(minItems ? [Array.from({ length: minItems - 1 }, item)] : []),
    ...(maxItems === undefined ? [] : [Array.from({ length: maxItems + 1 }, item)]),
    ...(uniqueItems ? [[item(), item()]] : []),
    ...(pattern === undefined ? [] : ['\n']),
    ...(schema.enum ? ['none of these'] : []),
    ...(schema.format === 'uuid' || schema.format === 'date-time' ? ['neither'] : []),
  ];
}

const isFreeText = ({ type, enum: values, maxLength, pattern, format }: Schema): boolean =>
  [type].flat().includes('string') && !values && maxLength === undefined && !pattern && format !== 'uuid';
