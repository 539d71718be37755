import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import type { TestApp, TestPerson } from './app';

/** An API key as somebody asks for it: calls that do something each time. */
export const KEY = { name: 'deploy', scopes: ['runs:read'] };

/** Calls that name themselves by an Idempotency-Key, and what the service remembers of them. */
export class NamedCalls {
  constructor(
    private readonly app: TestApp,
    private readonly admin: Pick<TestPerson, 'accessToken'>,
  ) {}

  post(
    path: string,
    body: object,
    {
      key = randomUUID(),
      by = this.admin,
      at = this.app,
    }: { key?: string; by?: Pick<TestPerson, 'accessToken'>; at?: TestApp } = {},
  ) {
    return at.http(by.accessToken).post(path).set('idempotency-key', key).send(body);
  }

  async apiKeysNamed(name: string): Promise<number> {
    return (await this.app.sql('select id from api_keys where name = $1', [name])).length;
  }

  /** What is kept of the request that was answered so. */
  async rowOf(answer: Response): Promise<Record<string, unknown> | undefined> {
    return (
      await this.app.sql('select * from idempotency_keys where request_id = $1', [requestIdOf(answer)])
    )[0];
  }

  /** Changes what is kept of it: `assignment` is SQL. */
  async change(answer: Response, assignment: string): Promise<void> {
    await this.app.sql(`update idempotency_keys set ${assignment} where request_id = $1`, [
      requestIdOf(answer),
    ]);
  }

  /** Puts a call back to where it was claimed and nothing was committed yet. */
  asIfUnderWay(answer: Response): Promise<void> {
    return this.change(
      answer,
      `done_at = null, sealed_answer = null, data_key_id = null, lease_until = now() + interval '1 minute'`,
    );
  }

  /** While `body`, in PL/pgSQL, runs before each such change of a table. */
  async whileTable(table: string, change: 'insert' | 'update', body: string, work: () => Promise<void>) {
    await this.app.sql(`
      create function interfere() returns trigger language plpgsql as $$ begin ${body} return new; end $$;
      create trigger interfere before ${change} on ${table} for each row execute function interfere()`);
    try {
      await work();
    } finally {
      await this.app.sql(`drop trigger interfere on ${table}; drop function interfere()`);
    }
  }
}

export const requestIdOf = ({ headers }: Response): string => headers['x-request-id'] as string;

export async function expectRefusal(
  call: PromiseLike<Response>,
  status: number,
  code: string,
): Promise<Response> {
  const answer = await call;
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  return answer;
}
