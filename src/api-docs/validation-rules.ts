import type { INestApplication } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import type { OpenAPIObject } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import { RouteDeclarations } from '../access/route-declarations';

type Dto = new () => object;
type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

/** Where @nestjs/swagger keeps what a property was declared with. */
const DECLARED = 'swagger/apiModelProperties';

/** As much of JSON Schema as is written here. */
interface Schema {
  type?: string | string[];
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}
type Words = (...constraints: never[]) => Schema | undefined;

/** What the rules of class-validator are called in JSON Schema. */
const WORDS: Readonly<Record<string, Words>> = {
  min: (minimum: number) => ({ minimum }),
  max: (maximum: number) => ({ maximum }),
  isLength: (minLength: number, maxLength?: number) => ({ minLength, ...(maxLength && { maxLength }) }),
  minLength: (minLength: number) => ({ minLength }),
  maxLength: (maxLength: number) => ({ maxLength }),
  arrayMinSize: (minItems: number) => ({ minItems }),
  arrayMaxSize: (maxItems: number) => ({ maxItems }),
  arrayUnique: (by?: unknown) => (by === undefined ? { uniqueItems: true } : undefined),
  isIn: (values: unknown[]) => ({ enum: values }),
  isEmail: () => ({ format: 'email' }),
  isUuid: () => ({ format: 'uuid' }),
  // Not every reader of JSON Schema knows flags, or classes of Unicode.
  matches: ({ source, flags }: RegExp) =>
    flags === '' && !/\\[pP]/.test(source) ? { pattern: source } : undefined,
};

/**
 * Says of bodies and queries what the service holds them to: the rules of their DTOs, and that nothing else may stand in a
 * body. No body at all is read as one without fields.
 */
export function withValidationRules(document: OpenAPIObject, app: INestApplication): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const operations = new Map(
    Object.values(document.paths)
      .flatMap((item) => Object.values(item as Record<string, Operation>))
      .map((operation) => [operation.operationId, operation]),
  );
  const described = new Set<Dto>();
  for (const { name, controller, property } of app.get(RouteDeclarations, { strict: false }).routes()) {
    const operation = operations.get(name.replace('.', '_'));
    if (!operation) continue;
    for (const dto of takenBy(controller, property, RouteParamtypes.BODY)) {
      describeBody(dto, schemas, described);
      const { requestBody } = operation;
      if (requestBody && 'content' in requestBody)
        requestBody.required = (schemas[dto.name]?.required ?? []).length > 0;
    }
    for (const dto of takenBy(controller, property, RouteParamtypes.QUERY)) addRules(dto, queryOf(operation));
  }
  return document;
}

/** The DTOs that a handler takes so. */
function takenBy(controller: object, property: string, kind: RouteParamtypes): Dto[] {
  const { prototype } = controller as { prototype: object };
  const taken = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, property) as Record<
    string,
    { index: number }
  >;
  const types = (Reflect.getMetadata('design:paramtypes', prototype, property) ?? []) as Dto[];
  return Object.entries(taken ?? {})
    .filter(([key]) => key.startsWith(`${kind}:`))
    .map(([, { index }]) => types[index]!)
    .filter((type) => rulesOf(type).length > 0);
}

/** And all that is nested in it. */
function describeBody(dto: Dto, schemas: Readonly<Record<string, Schema>>, described: Set<Dto>): void {
  const schema = schemas[dto.name];
  if (!schema?.properties || described.has(dto)) return;
  described.add(dto);
  schema['additionalProperties'] = false;
  addRules(dto, schema.properties);
  for (const property of Object.keys(schema.properties)) {
    const nested = nestedIn(dto, property);
    if (nested) describeBody(nested, schemas, described);
  }
}

function addRules(dto: Dto, properties: Readonly<Record<string, Schema>>): void {
  for (const rule of rulesOf(dto)) {
    const property = properties[rule.propertyName];
    const schema = rule.each ? property?.items : property;
    if (!schema) continue;
    if (rule.name === 'isInt') schema.type = withIntegers(schema.type);
    else tighten(schema, WORDS[rule.name ?? '']?.(...((rule.constraints ?? []) as never[])) ?? {});
  }
}

/** A service may ask for more than the DTO does, and its route say so: then that holds. */
function tighten(schema: Schema, said: Schema): void {
  for (const [keyword, bound] of Object.entries(said)) {
    const declared = schema[keyword] as number | undefined;
    if (declared === undefined) schema[keyword] = bound;
    else if (keyword.startsWith('min')) schema[keyword] = Math.max(declared, bound as number);
    else if (keyword.startsWith('max')) schema[keyword] = Math.min(declared, bound as number);
  }
}

const withIntegers = (type: Schema['type']): Schema['type'] =>
  Array.isArray(type) ? type.map((one) => (one === 'number' ? 'integer' : one)) : 'integer';

const rulesOf = (dto: Dto): Rule[] =>
  getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);

/** What the document was told is nested there: a class, a list of them, or a function that answers either. */
function nestedIn(dto: Dto, property: string): Dto | undefined {
  const said = Reflect.getMetadata(DECLARED, dto.prototype as object, property) as
    { type?: unknown } | undefined;
  const type = isAnswered(said?.type) ? said.type() : said?.type;
  const nested = (Array.isArray(type) ? type[0] : type) as Dto | undefined;
  return nested && rulesOf(nested).length > 0 ? nested : undefined;
}

/** As the document builder itself tells such a function from a class. */
const isAnswered = (type: unknown): type is () => unknown =>
  typeof type === 'function' && type.name === 'type';

const queryOf = ({ parameters = [] }: Operation): Record<string, Schema> =>
  Object.fromEntries(
    (parameters as { in: string; name: string; schema: Schema }[])
      .filter((one) => one.in === 'query')
      .map(({ name, schema }) => [name, schema]),
  );
