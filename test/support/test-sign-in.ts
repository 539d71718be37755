import type { TestApp, TestWorkspace } from './app';

/** A check as the API shows it. */
export interface ShownCheck {
  id: string;
  code: string;
  ok: boolean;
  received: string | null;
  expected: string;
  owner: string | null;
  hint: string | null;
  where: string | null;
}

export interface ShownAttempt {
  id: string;
  kind: 'test' | 'production';
  status: 'started' | 'passed' | 'failed' | 'expired';
  code: string | null;
  revision: number;
  subject: string | null;
  email: string | null;
  role: string | null;
  roleReason: string | null;
  memberId: string | null;
  startedAt: string;
  finishedAt: string | null;
  checks: ShownCheck[];
  statement: Record<string, unknown> | null;
  attributes: { name: string; values: string[]; mappedTo: string[] }[];
}

/** Test sign-ins of one connection, as its administrator sees them. */
export class TestBench {
  constructor(
    private readonly app: TestApp,
    private readonly workspace: TestWorkspace,
    readonly connectionId: string,
  ) {}

  private get path(): string {
    return `/v1/sso/connections/${this.connectionId}`;
  }

  get admin(): ReturnType<TestApp['http']> {
    return this.app.http(this.workspace.admin.accessToken);
  }

  async start(): Promise<{ attemptId: string; url: string }> {
    return (await this.admin.post(`${this.path}/test`).expect(201)).body as {
      attemptId: string;
      url: string;
    };
  }

  async attempt(id: string): Promise<ShownAttempt> {
    return (await this.admin.get(`${this.path}/login-attempts/${id}`).expect(200)).body as ShownAttempt;
  }

  async attempts(query = ''): Promise<ShownAttempt[]> {
    const { body } = await this.admin.get(`${this.path}/login-attempts${query}`).expect(200);
    return (body as { data: ShownAttempt[] }).data;
  }

  async connection(): Promise<{ status: string; tested: boolean; revision: number }> {
    return (await this.admin.get(this.path).expect(200)).body as {
      status: string;
      tested: boolean;
      revision: number;
    };
  }

  patch(body: object): Promise<unknown> {
    return this.admin.patch(this.path).send(body).expect(200);
  }

  act(action: 'activate' | 'disable', body: object = {}): ReturnType<ReturnType<TestApp['http']>['post']> {
    return this.admin.post(`${this.path}/${action}`).send(body);
  }
}

/** The deciding check of a failed attempt. */
export function decidingCheck({ code, checks }: ShownAttempt): ShownCheck | undefined {
  return checks.find((check) => !check.ok && check.code === code);
}
