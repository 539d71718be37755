import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Ajv from 'ajv/dist/2020';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly (string | { readonly message?: string })[];
}
type Answers = Readonly<Record<string, Answer>>;
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Answers }>>>>;
  readonly components: object;
}

/** Calls of ours: those of SCIM, OAuth and browsers answer as their standards say. */
const OURS = /^\/(v1|access\/v1)\//;
const PROBLEM = 'application/problem+json';
/** What ends a request before it is known which call it is, and by what the test of all access stops those let through. */
const OF_NO_CALL = new Set([405, 418, 431]);

/** The document of this process, read once: each of its services has the same. */
const SHARED = Symbol.for('gatehouse: documented answers');
const shared = globalThis as { [SHARED]?: DocumentedCalls };

class DocumentedCalls {
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly compiled = new Map<object, ValidateFunction>();

  constructor(private readonly document: Document) {
    addFormats(this.ajv);
    // As every time of ours is written: in UTC.
    this.ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    this.ajv.addFormat('password', true);
    this.ajv.addSchema({ $id: 'document', components: closed(document.components) });
  }

  /** What of this answer the document does not say. */
  unsaid(method: string, route: string, status: number, type: string, text: string): string[] {
    const path = route.replace(/:(\w+)/g, '{$1}');
    const answers = this.document.paths[path]?.[method.toLowerCase()]?.responses;
    if (!answers) return [];
    // Other formats than ours are described at once for all that goes wrong.
    const isDefault = status >= 500 || type !== PROBLEM;
    const said = answers[status] ?? (status >= 400 && isDefault ? answers['default'] : undefined);
    if (!said) return [`${status} ${text.slice(0, 200)}`];
    if (text === '' || said.content === undefined) return text === '' ? [] : [`that ${status} has a body`];
    const content = said.content[type];
    if (!content) return [`that ${status} is ${type}`];
    if (!content.schema || !/[/+]json$/.test(type)) return [];
    const body = JSON.parse(text) as object;
    const odd = type === PROBLEM ? oddities(body as Problem, said.description) : [];
    return [...odd, ...this.differences(content.schema, body)];
  }

  private differences(schema: object, body: unknown): string[] {
    const isValid = this.compiled.get(schema) ?? this.ajv.compile(absolute(closed(schema)));
    this.compiled.set(schema, isValid);
    if (isValid(body)) return [];
    return (isValid.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
}

/** Holds every answer of a service under test against its own OpenAPI document. To be called before it listens. */
export class DocumentedAnswers {
  private readonly found = new Set<string>();

  constructor(private readonly fastify: FastifyInstance) {
    fastify.addHook('onSend', (request, reply, payload, done) => {
      this.look(request, reply, payload);
      done(null, payload);
    });
  }

  async read(): Promise<void> {
    shared[SHARED] ??= new DocumentedCalls((await this.fastify.inject('/docs/openapi.json')).json());
  }

  /** Throws for what was answered and is not documented: that belongs into the decorators of the route. */
  expectNone(): void {
    if (this.found.size > 0)
      throw new Error(`The OpenAPI document does not say:\n${[...this.found].sort().join('\n')}`);
  }

  private look(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const route = request.routeOptions.url ?? '';
    const isText = payload === undefined || payload === null || typeof payload === 'string';
    if (!OURS.test(route) || !isText || OF_NO_CALL.has(reply.statusCode)) return;
    const type = String(reply.getHeader('content-type') ?? '').split(';')[0]!;
    for (const one of shared[SHARED]?.unsaid(request.method, route, reply.statusCode, type, payload ?? '') ??
      [])
      this.found.add(`${request.method} ${route}: ${one}`);
  }
}

/** A code that the call is not documented to answer, and what helps nobody. */
function oddities({ status, code, detail, errors = [] }: Problem, description: string): string[] {
  const sentences = [detail, ...errors.map((one) => (typeof one === 'string' ? one : (one.message ?? '.')))];
  const unhelpful = sentences.filter((text) => !/[.?!]$/.test(text) || text.includes('regular expression'));
  return [
    ...(description.includes(`\`${code}\``) ? [] : [`${status} ${code}`]),
    ...unhelpful.map((text) => `a sentence such as “${text}”`),
  ];
}

/** The same, where no object has a property that is not named. */
function closed(schema: object): object {
  if (Array.isArray(schema)) return schema.map((one: unknown) => (isObject(one) ? closed(one) : one));
  const inner = Object.entries(schema).map(([key, one]: [string, unknown]) =>
    isObject(one) && key !== 'example' && key !== 'default' ? [key, closed(one)] : [key, one],
  );
  const isClosed = 'properties' in schema && !('additionalProperties' in schema) && 'type' in schema;
  return { ...(Object.fromEntries(inner) as object), ...(isClosed && { additionalProperties: false }) };
}

const absolute = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as object;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
