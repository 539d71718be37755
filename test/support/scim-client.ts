import { randomUUID } from 'node:crypto';
import type { Response, Test } from 'supertest';
import type { TestApp, TestPerson, TestWorkspace } from './app';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

type Body = object | string;

/** A directory that provisions one workspace: requests below /scim/v2 with its token. */
export class ScimClient {
  constructor(
    private readonly app: TestApp,
    readonly token: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** The same directory with other headers, such as a content type. */
  with(headers: Record<string, string>): ScimClient {
    return new ScimClient(this.app, this.token, { ...this.headers, ...headers });
  }

  get(path: string): Test {
    return this.prepared(this.app.http(this.token).get(`/scim/v2${path}`));
  }

  post(path: string, body: Body): Test {
    return this.sending(this.app.http(this.token).post(`/scim/v2${path}`), body);
  }

  put(path: string, body: Body): Test {
    return this.sending(this.app.http(this.token).put(`/scim/v2${path}`), body);
  }

  patch(path: string, ...Operations: object[]): Test {
    return this.sending(this.app.http(this.token).patch(`/scim/v2${path}`), {
      schemas: [PATCH_OP],
      Operations,
    });
  }

  /** A PATCH whose body is not made of operations. */
  patchRaw(path: string, body: Body): Test {
    return this.sending(this.app.http(this.token).patch(`/scim/v2${path}`), body);
  }

  delete(path: string): Test {
    return this.prepared(this.app.http(this.token).delete(`/scim/v2${path}`));
  }

  find(filter: string, more: Record<string, string> = {}): Test {
    return this.get('/Users').query({ filter, ...more });
  }

  /** Creates a user and answers the resource. */
  async create(fields: Record<string, unknown> = {}): Promise<ScimUser> {
    const userName = `u-${randomUUID()}@acme.test`;
    const { body } = await this.post('/Users', { schemas: [USER], userName, ...fields }).expect(201);
    return body as ScimUser;
  }

  /** Creates a group and answers the resource. */
  async createGroup(fields: Record<string, unknown> = {}): Promise<ScimGroup> {
    const displayName = `g-${randomUUID()}`;
    const { body } = await this.post('/Groups', { schemas: [GROUP], displayName, ...fields }).expect(201);
    return body as ScimGroup;
  }

  /** Who is in a group, by id, sorted. */
  async membersOf(groupId: string): Promise<string[]> {
    const { body } = await this.get(`/Groups/${groupId}`).expect(200);
    return (body as ScimGroup).members.map(({ value }) => value).sort();
  }

  private sending(test: Test, body: Body): Test {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.prepared(test.set('content-type', 'application/scim+json')).send(text);
  }

  private prepared(test: Test): Test {
    return test
      .set(this.headers)
      .buffer(true)
      .parse(parseJson as never);
  }
}

export interface ScimUser {
  id: string;
  userName: string;
  active: boolean;
  meta: { version: string; location: string; lastModified: string; created: string };
  [attribute: string]: unknown;
}

export interface ScimGroup {
  id: string;
  displayName: string;
  externalId?: string;
  members: { value: string; type: string; display: string; $ref: string }[];
  meta: ScimUser['meta'];
}

/** A workspace with a directory connected to it. */
export interface ScimWorkspace extends TestWorkspace {
  readonly scim: ScimClient;
  readonly tokenId: string;
}

export async function scimWorkspace(app: TestApp): Promise<ScimWorkspace> {
  const workspace = await app.workspace();
  const { id, token } = await issueScimToken(app, workspace.admin);
  return { ...workspace, tokenId: id, scim: new ScimClient(app, token) };
}

export async function issueScimToken(
  app: TestApp,
  admin: TestPerson,
  input: object = { name: 'Directory' },
): Promise<{ id: string; token: string }> {
  const { body } = await app.http(admin.accessToken).post('/v1/scim/tokens').send(input).expect(201);
  return body as { id: string; token: string };
}

/** Expects SCIM's error format (RFC 7644 section 3.12), as connectors look for it. */
export function expectScimError(
  { status, headers, body }: Response,
  expected: number,
  scimType?: string,
): void {
  expect({ status, body: body as unknown }).toEqual({
    status: expected,
    body: {
      schemas: [ERROR],
      status: String(expected),
      detail: expect.stringMatching(/\w/) as string,
      ...(scimType && { scimType }),
    },
  });
  expect(headers['content-type']).toBe('application/scim+json; charset=utf-8');
}

/** For answers of any media type: supertest by itself knows `application/json` only. */
export function parseJson(
  response: NodeJS.ReadableStream,
  done: (error: Error | null, body: unknown) => void,
): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => (text += chunk));
  response.on('end', () => {
    try {
      done(null, text === '' ? {} : JSON.parse(text));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}
