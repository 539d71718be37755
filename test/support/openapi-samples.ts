/** As much of JSON Schema as the OpenAPI document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}
export type Schemas = Readonly<Record<string, Schema>>;

export const NOBODYS_ID = '01a1d2c0-0000-7000-8000-00000000abcd';
const SAMPLES: Readonly<Record<string, string>> = {
  uuid: NOBODYS_ID,
  'date-time': '2030-01-31T12:00:00Z',
  email: 'user@example.com',
  uri: 'https://example.com',
};

/** Where a schema names another one: that one, with what is said beside. */
export const named = (given: Schema, schemas: Schemas): Schema =>
  given.$ref ? { ...schemas[given.$ref.split('/').at(-1)!], ...given } : given;

/** What Swagger UI offers to send, where the document says no more than the schema. */
export function sampleOf(given: Schema, schemas: Schemas): unknown {
  const schema = named(given, schemas);
  const [told] = [schema.example, schema.default, schema.enum?.[0]].filter((one) => one !== undefined);
  if (told !== undefined) return told;
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => sampleOf(one, schemas)));
  const [first] = schema.oneOf ?? schema.anyOf ?? [];
  if (first) return sampleOf(first, schemas);
  const type = [schema.type].flat().find((one) => one !== 'null');
  if (schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, one]) => [name, sampleOf(one, schemas)]),
    );
  }
  if (type === 'array') return [sampleOf(schema.items ?? {}, schemas)];
  if (type === 'number' || type === 'integer') return schema.minimum ?? 0;
  if (type === 'boolean') return true;
  if (type === 'object') return {};
  return SAMPLES[schema.format ?? ''] ?? 'string';
}
