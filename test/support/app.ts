import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client, Pool } from 'pg';
import request from 'supertest';
import { AppModule } from '../../src/app.module';
import { PasswordHasher } from '../../src/auth/password/hashing/password-hasher';
import { Config } from '../../src/config/config';
import { configureApp, httpAdapter } from '../../src/configure-app';
import { PinoLogger } from '../../src/http/pino-logger';
import { PersonalRecords } from '../../src/audit/personal/personal-records.service';
import { Database } from '../../src/database/database';
import { FoundingService } from '../../src/members/founding.service';
import { DocumentedAnswers } from './documented-answers';
import { freePort } from './free-port';

export const PASSWORD = 'correct horse battery staple';

/** A workspace of its own with one admin who is signed in: what most specs start from. */
export interface TestWorkspace {
  readonly id: string;
  readonly slug: string;
  readonly admin: TestPerson;
}

export interface TestPerson {
  readonly userId: string;
  readonly memberId: string;
  readonly email: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Environment variables of the service under test. */
export type TestEnvironment = Record<string, string>;

/**
 * The real service on a port of its own, over HTTP, with a database of its own copied from the migrated template.
 * Hand another one over to get a second instance of the same service: same database, same public URL.
 */
export async function startApp(environment: TestEnvironment = {}, shared?: TestApp): Promise<TestApp> {
  const databaseUrl = shared?.databaseUrl ?? (await createDatabase());
  const dataDir = shared?.dataDir ?? mkdtempSync(join(tmpdir(), 'gatehouse-data-'));
  const port = await freePort();
  const config = new Config({
    NODE_ENV: 'test',
    LOG_LEVEL: process.env.LOG_LEVEL,
    PORT: String(port),
    PUBLIC_URL: shared?.config.publicUrl ?? `http://localhost:${port}`,
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '5',
    DATA_DIR: dataDir,
    RATE_LIMITS: 'off',
    ENCRYPTION_KEY: shared?.config.encryptionKey ?? randomBytes(32).toString('base64'),
    ...environment,
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(config, databaseUrl),
    httpAdapter(),
    {
      logger: config.logLevel === 'silent' ? false : new PinoLogger(config.logLevel),
      abortOnError: false,
    },
  );
  await configureApp(app, config);
  const answers = new DocumentedAnswers(app.getHttpAdapter().getInstance());
  await app.listen(port, '127.0.0.1');
  await answers.read();
  return new TestApp(app, config, databaseUrl, dataDir, shared === undefined, answers);
}

export class TestApp {
  /** Where this instance listens; equal to PUBLIC_URL of the first one unless the environment said otherwise. */
  readonly baseUrl: string;

  /** Of the tests themselves, past the service and its row-level security. */
  private readonly connections: Pool;

  constructor(
    readonly app: NestFastifyApplication,
    readonly config: Config,
    readonly databaseUrl: string,
    readonly dataDir: string,
    private readonly ownsDatabase: boolean,
    private readonly answers: DocumentedAnswers,
  ) {
    this.baseUrl = `http://localhost:${config.port}`;
    this.connections = new Pool({ connectionString: databaseUrl, max: 10 });
    // Some tests end every connection there is; the next statement gets a new one.
    this.connections.on('error', () => undefined);
  }

  /** Requests over HTTP: `http().get('/v1/auth/me')`, with a bearer token when one is given. */
  http(accessToken?: string): ReturnType<typeof request.agent> {
    const agent = request.agent(this.baseUrl);
    return accessToken ? agent.set('authorization', `Bearer ${accessToken}`) : agent;
  }

  /** Requests with an API key. */
  withKey(key: string): ReturnType<typeof request.agent> {
    return request.agent(this.baseUrl).set('x-api-key', key);
  }

  /** A new workspace with a signed-in admin. */
  async workspace(slug = `w-${randomUUID().slice(0, 12)}`): Promise<TestWorkspace> {
    const email = `admin@${slug}.test`;
    const { workspaceId } = await this.app.get(FoundingService).found({
      slug,
      name: slug,
      adminEmail: email,
      adminPasswordHash: await this.app.get(PasswordHasher).hash(PASSWORD),
    });
    return { id: workspaceId, slug, admin: await this.signIn(email, slug) };
  }

  /** Another member of a workspace, signed in by password; made in the database, as an invitation would. */
  async member(
    workspace: { id: string; slug: string },
    role: 'admin' | 'editor' | 'viewer',
    { approver = false, email = `${randomUUID().slice(0, 12)}@${workspace.slug}.test` } = {},
  ): Promise<TestPerson> {
    const hash = await this.app.get(PasswordHasher).hash(PASSWORD);
    await this.sql(
      `with u as (insert into users (email, email_claimed, password_hash) values ($2, true, $5) returning id)
       insert into members (workspace_id, user_id, email, user_name, role, approver, source)
       select $1, u.id, $2, $2, $3, $4, 'invitation' from u`,
      [workspace.id, email, role, approver, hash],
    );
    return this.signIn(email, workspace.slug);
  }

  async signIn(email: string, workspace?: string, password = PASSWORD): Promise<TestPerson> {
    const { body } = await this.http()
      .post('/v1/auth/login')
      .send({ email, password, workspace })
      .expect(200);
    const [row] = await this.sql<{ id: string; user_id: string }>(
      'select id, user_id from members where email = $1 and workspace_id = $2',
      [email, body.workspace.id],
    );
    return {
      email,
      userId: row!.user_id,
      memberId: row!.id,
      accessToken: body.accessToken,
      refreshToken: body.refreshToken,
    };
  }

  /** The audit events of a workspace, oldest first, straight from the table, with what is personal opened. */
  async auditEvents(workspaceId: string, type?: string): Promise<AuditRow[]> {
    const rows = await this.sql<StoredAuditRow>(
      `select type, risk, actor_type, actor_id, actor_email, target_type, target_id, data, ip, request_id, xid::text,
              actor_person, sealed_actor, data_person, sealed_data
         from audit_events where workspace_id = $1 and ($2::text is null or type = $2) order by id`,
      [workspaceId, type ?? null],
    );
    const opened = await this.app.get(Database).inWorkspace(workspaceId, () =>
      this.app.get(PersonalRecords).open(
        rows.map((row) => ({
          actorEmail: row.actor_email,
          ip: row.ip,
          data: row.data,
          actorPerson: row.actor_person,
          sealedActor: row.sealed_actor,
          dataPerson: row.data_person,
          sealedData: row.sealed_data,
        })) as never,
      ),
    );
    return rows.map(
      ({ actor_person: _, sealed_actor: __, data_person: ___, sealed_data: ____, ...row }, index) => {
        const { actorEmail, ip, data } = opened[index]!.shown;
        return { ...row, actor_email: actorEmail, ip, data };
      },
    );
  }

  /** Looks at, or prepares, the database as its superuser: beyond row-level security. */
  async sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.connections.query(text, values)).rows as Row[];
  }

  /** Until so many connections to this database wait for what others hold. */
  async waiting(howMany = 1): Promise<void> {
    const blocked = `select from pg_stat_activity
      where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`;
    while ((await this.sql(blocked)).length < howMany) await pause(20);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.connections.end();
    if (this.ownsDatabase) {
      await dropDatabase(this.databaseUrl);
      rmSync(this.dataDir, { recursive: true, force: true });
    }
    this.answers.expectNone();
  }
}

interface StoredAuditRow extends AuditRow {
  actor_person: string | null;
  sealed_actor: string | null;
  data_person: string | null;
  sealed_data: string | null;
}

export interface AuditRow {
  type: string;
  risk: string;
  actor_type: string;
  actor_id: string | null;
  actor_email: string | null;
  target_type: string | null;
  target_id: string | null;
  data: Record<string, unknown>;
  ip: string | null;
  request_id: string | null;
  xid: string;
}

async function createDatabase(): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  // PostgreSQL copies a template only while nobody else does: files that start together take turns.
  await onServer(async (client) => {
    await client.query('select pg_advisory_lock(4812733)');
    await client.query(`create database ${name} template gatehouse_template strategy file_copy`);
  });
  return process.env.TEST_DATABASE_URL!.replace(/\/[^/]*$/, `/${name}`);
}

async function dropDatabase(url: string): Promise<void> {
  await onServer((client) =>
    client.query(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`),
  );
}

async function onServer(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
