import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Response } from 'supertest';
import { startApp, type TestApp } from '../support/app';
import { textsOf } from '../support/messages';
import { ownDomain } from '../support/oidc-sign-in';
import { department, saveRules } from '../support/role-mapping';
import {
  ENTERPRISE,
  expectScimError,
  type ScimClient,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

const MANY = 12;

/** A directory's first load: many requests at the same moment, which share transactions and nothing else. */
describe('Users who are created at the same moment', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    ({ scim } = workspace);
    await scim.create(); // notes the use of the token
  });
  afterAll(() => app?.close());
  afterEach(() => jest.restoreAllMocks());

  const some = (count: number): string[] =>
    Array.from({ length: count }, () => `u-${randomUUID()}@acme.test`);
  const post = (userName: string, more: object = {}) =>
    scim.post('/Users', { schemas: [USER], userName, ...more });
  const creations = async (work: () => Promise<unknown>): Promise<number> => {
    const query = jest.spyOn(Client.prototype, 'query');
    await work();
    const texts = query.mock.calls.flatMap(([sent]) => textsOf(sent));
    return texts.filter((text) => /admit_members/.test(text)).length;
  };

  it('come in with fewer transactions than there are requests', async () => {
    const transactions = await creations(() => Promise.all(some(MANY).map((name) => post(name).expect(201))));
    expect(transactions).toBeGreaterThan(0);
    expect(transactions).toBeLessThan(MANY);
  });

  it('are told to come again when somebody holds for too long what they wait for', async () => {
    const { id } = await scim.create();
    await saveRules(app, workspace.admin, [department('Sales', 'editor')]);
    const client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    const turn = `hashtextextended('role mappings|' || $1::text, 0)`;
    await client.query(`select pg_advisory_lock(${turn})`, [workspace.id]);
    const [created, deleted] = await Promise.all([post(randomUUID()), scim.delete(`/Users/${id}`)]);
    await client.end();
    expectScimError(created, 409);
    expectScimError(deleted, 409);
    await saveRules(app, workspace.admin, []);
  });

  it('are each answered and recorded as if they were alone', async () => {
    const names = some(MANY);
    const answers: Response[] = await Promise.all(names.map((name) => post(name).expect(201)));
    expect(answers.map(({ body }) => (body as { userName: string }).userName)).toEqual(names);
    for (const { body, headers } of answers) {
      const { id } = body as { id: string };
      const events = await app.sql<{ type: string }>(
        'select type from audit_events where request_id = $1 and target_id = $2 order by type',
        [headers['x-request-id'], id],
      );
      expect(events.map(({ type }) => type)).toEqual(['scim.user_created', 'workspace.member_joined']);
      const [grant] = await app.sql('select kind, origin, role from member_grants where member_id = $1', [
        id,
      ]);
      expect(grant).toEqual({ kind: 'default', origin: 'directory', role: 'viewer' });
      const { body: read } = await scim.get(`/Users/${id}`).expect(200);
      expect(read).toEqual(body);
    }
    const { body: list } = await scim.get('/Users?count=0').expect(200);
    const [stored] = await app.sql<{ count: number }>(
      'select count(*)::int as count from members where workspace_id = $1 and scim_deleted_at is null',
      [workspace.id],
    );
    expect((list as { totalResults: number }).totalResults).toBe(stored!.count);
  });

  it('are not refused because of one whose name is taken, of whom nothing stays', async () => {
    const [taken] = some(1);
    await post(taken!).expect(201);
    const names = some(MANY);
    const answers = await Promise.all(
      [...names.slice(0, 6), taken!, ...names.slice(6)].map((name) => post(name)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toEqual(statuses.map((_, index) => (index === 6 ? 409 : 201)));
    expect((answers[6]!.body as { scimType: string }).scimType).toBe('uniqueness');
    expect(await app.sql('select id from users where email = $1', [taken])).toHaveLength(1);
    const refusal = answers[6]!.headers['x-request-id'];
    expect(await app.sql('select type from audit_events where request_id = $1', [refusal])).toEqual([]);
  });

  it('with the same name are one user, and refusals', async () => {
    const [name] = some(1);
    const answers = await Promise.all(Array.from({ length: MANY }, () => post(name!)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(MANY - 1).fill(409)]);
    expect(await app.sql('select id from users where email = $1', [name])).toHaveLength(1);
  });

  it('stand or fall by their own bodies', async () => {
    const names = some(4);
    const answers = await Promise.all([
      ...names.map((name) => post(name)),
      post('no\u0000body'),
      scim.post('/Users', { schemas: [USER] }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 400, 400]);
  });

  it('get the role that rules give, each by what is known of them', async () => {
    const { scim: directory, admin } = await scimWorkspace(app);
    await saveRules(app, admin, [department('Engines', 'editor')]);
    const departments = ['Engines', 'Sales', 'Engines', 'Sales', 'Engines'];
    const made = await Promise.all(
      departments.map((name) =>
        directory.create({ externalId: randomUUID(), [ENTERPRISE]: { department: name } }),
      ),
    );
    const roles = await app.sql<{ id: string; role: string }>(
      'select id, role from members where id = any($1)',
      [made.map(({ id }) => id)],
    );
    const roleOf = new Map(roles.map(({ id, role }) => [id, role]));
    expect(made.map(({ id }) => roleOf.get(id))).toEqual(['editor', 'viewer', 'editor', 'viewer', 'editor']);
  });

  it('belong to a domain that is proved here, and to whoever has proved the address', async () => {
    const { scim: directory, slug, ...provisioned } = await scimWorkspace(app);
    const domain = `${slug}.example`;
    await ownDomain(app, provisioned, domain);
    const emails = some(5).map((name) => name.replace('acme.test', domain));
    await Promise.all(emails.map((userName) => directory.create({ userName })));
    const users = await app.sql<{ email_claimed: boolean }>(
      'select email_claimed from users where email = any($1)',
      [emails],
    );
    expect(users).toEqual(emails.map(() => ({ email_claimed: true })));
  });
});
