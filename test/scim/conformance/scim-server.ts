/** JSON as it came: a suite for any server looks at what a stranger would see. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed body; undefined when there is none, or none that is JSON. */
  body: Json;
  text: string;
}

export interface Sent {
  body?: unknown;
  headers?: Record<string, string>;
}

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const MESSAGE = 'urn:ietf:params:scim:api:messages:2.0';

/** A SCIM server under test: any one that has a base URL and a bearer token. Removes what it had to create. */
export class ScimServer {
  private readonly created = new Set<string>();
  private readonly memories = new Map<string, Promise<Json>>();
  /** Tells this run's names from those of every other run. */
  readonly tag = Math.random().toString(36).slice(2, 10);
  private count = 0;

  constructor(
    readonly baseUrl: string,
    private readonly token?: string,
  ) {}

  get(path: string, headers?: Record<string, string>): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.send('POST', path, { body, headers });
  }

  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.send('PUT', path, { body, headers });
  }

  /** A PatchOp message with these operations. */
  patch(path: string, Operations: object[], headers?: Record<string, string>): Promise<Answer> {
    return this.send('PATCH', path, { body: { schemas: [`${MESSAGE}:PatchOp`], Operations }, headers });
  }

  delete(path: string, headers?: Record<string, string>): Promise<Answer> {
    return this.send('DELETE', path, { headers });
  }

  /** Text is sent as it is, everything else as JSON. */
  async send(method: string, path: string, { body, headers }: Sent = {}): Promise<Answer> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/scim+json',
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, text, body: parsed(text) };
    this.remember(method, answer);
    return answer;
  }

  /** The same server asked by somebody with another token, or with none. */
  as(token?: string): ScimServer {
    return new ScimServer(this.baseUrl, token);
  }

  /** A name nobody else has. */
  unique(prefix = 'user'): string {
    this.count += 1;
    return `${prefix}-${this.tag}-${this.count}`;
  }

  /** What a user is created from. */
  userBody(fields: object = {}): Json {
    return { schemas: [USER], userName: `${this.unique()}@conformance.test`, ...fields };
  }

  groupBody(fields: object = {}): Json {
    return { schemas: [GROUP], displayName: this.unique('group'), ...fields };
  }

  /** Creates a user and answers it; a refusal fails the check that needed one. */
  async user(fields: object = {}): Promise<Json> {
    return this.made('/Users', this.userBody(fields));
  }

  async group(fields: object = {}): Promise<Json> {
    return this.made('/Groups', this.groupBody(fields));
  }

  /** Does something once per run, however many checks need it. */
  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    let memory = this.memories.get(name);
    if (!memory) this.memories.set(name, (memory = work()));
    return memory as Promise<T>;
  }

  /** Deletes what is left of everything this run created. */
  async cleanUp(): Promise<void> {
    for (const path of [...this.created].reverse()) await this.delete(path).catch(() => undefined);
    this.created.clear();
  }

  private async made(endpoint: string, body: unknown): Promise<Json> {
    const answer = await this.post(endpoint, body);
    if (answer.status !== 201 || typeof answer.body?.id !== 'string') {
      throw new Error(`Creating at ${endpoint} was answered ${answer.status} ${answer.text.slice(0, 300)}`);
    }
    return answer.body;
  }

  /** Whatever came into being, by POST or by Bulk, is deleted in the end. */
  private remember(method: string, { status, body }: Answer): void {
    if (method !== 'POST') return;
    const locations: unknown[] = [
      ...(status === 201 ? [body?.meta?.location] : []),
      ...(Array.isArray(body?.Operations)
        ? body.Operations.filter((operation: Json) => operation?.method === 'POST').map(
            (operation: Json) => operation?.location,
          )
        : []),
    ];
    for (const location of locations) {
      const [path] = /\/(?:Users|Groups)\/[^/]+$/.exec(String(location)) ?? [];
      if (path) this.created.add(path);
    }
    if (status === 201 && typeof body?.id === 'string' && !body?.meta?.location) {
      this.created.add(body?.members || body?.displayName ? `/Groups/${body.id}` : `/Users/${body.id}`);
    }
  }
}

function parsed(text: string): Json {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
