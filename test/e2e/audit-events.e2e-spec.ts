import { Client } from 'pg';
import { AuditTrail } from '../../src/audit/audit-trail';
import { Database } from '../../src/database/database';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

interface Shown {
  id: string;
  time: string;
  type: string;
  actor: { id: string };
  target: { id: string } | null;
  requestId: string;
  data: Record<string, unknown>;
}

describe('The audit log', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });
  afterAll(() => service?.close());

  const list = async (query: object = {}): Promise<Shown[]> =>
    (await admin.get('/v1/audit-events').query(query).expect(200)).body.data as Shown[];

  it('tells who did what to whom, when, from where and in which request', async () => {
    const person = await service.member(workspace, 'viewer');
    const change = await admin
      .patch(`/v1/members/${person.memberId}`)
      .set('user-agent', 'curl/8')
      .send({ role: 'editor' })
      .expect(200);
    const [event] = await list({ type: 'workspace.member_updated' });
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      type: 'workspace.member_updated',
      risk: 'medium',
      actor: { type: 'user', id: workspace.admin.userId, email: workspace.admin.email },
      target: { type: 'member', id: person.memberId },
      workspaceId: workspace.id,
      ip: expect.stringMatching(/127\.0\.0\.1|::1/),
      userAgent: 'curl/8',
      requestId: change.headers['x-request-id'],
      data: {
        email: person.email,
        before: { role: 'viewer', approver: false },
        after: { role: 'editor', approver: false },
      },
    });
  });

  it('takes whatever text comes: half a character becomes a sign of its own, a backslash stays', async () => {
    const data = {
      name: 'cut \ud83d',
      half: '\udca5',
      literal: 'a \\u0000 b \\ud83d',
      whole: '💥',
      none: 'a\u0000',
    };
    await service.app.get(Database).inWorkspace(workspace.id, async () => {
      service.app.get(AuditTrail).record({ type: 'secret.created', data });
    });
    const [event] = await list({ type: 'secret.created' });
    expect(event!.data).toEqual({ ...data, name: 'cut \ufffd', half: '\ufffd', none: 'a\ufffd' });
  });

  it('is found by type, actor, target, risk and time', async () => {
    const person = await service.member(workspace, 'viewer');
    await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'admin' }).expect(200);
    const escalations = await list({ type: 'auth.role_escalated' });
    expect(escalations.map(({ target }) => target!.id)).toEqual([person.memberId]);
    expect((await list({ risk: 'high' })).map(({ type }) => type)).toEqual(['auth.role_escalated']);
    expect((await list({ target: person.memberId })).map(({ type }) => type)).toEqual([
      'auth.role_escalated',
      'workspace.member_updated',
    ]);
    const byId = await list({ actor: workspace.admin.userId });
    expect(byId.length).toBeGreaterThan(2);
    expect(await list({ actor: workspace.admin.email.toUpperCase() })).toEqual(byId);
    expect(await list({ actor: person.userId, type: 'auth.login_succeeded' })).toHaveLength(1);

    const { time } = escalations[0]!;
    const from = await list({ from: time });
    expect(from.map(({ type }) => type)).toContain('auth.role_escalated');
    for (const event of from) expect(event.time >= time).toBe(true);
    for (const event of await list({ to: time })) expect(event.time < time).toBe(true);
    expect(await list({ from: '2099-01-01T00:00:00Z' })).toEqual([]);
    expect(await list({ to: '1999-01-01T00:00:00+02:00' })).toEqual([]);
    expect(await list({ to: '0000-01-01T00:00:00Z' })).toEqual([]);
    expect(await list({ actor: '\u0000' })).toEqual([]);
  });

  it('is found by the address of somebody who has no account, or did something before addresses were encrypted', async () => {
    const stranger = 'stranger@elsewhere.test';
    await service
      .http()
      .post('/v1/auth/login')
      .send({ email: stranger, password: 'a wrong password', workspace: workspace.slug })
      .expect(401);
    const attempts = await list({ actor: 'Stranger@elsewhere.test' });
    expect(attempts.map(({ type, actor }) => [type, actor])).toEqual([
      ['auth.login_failed', { type: 'user', id: null, email: stranger }],
    ]);
    await service.sql(
      `insert into audit_events (workspace_id, type, risk, actor_type, actor_email)
       values ($1, 'auth.login_failed', 'medium', 'user', 'early@elsewhere.test')`,
      [workspace.id],
    );
    for (const actor of ['early@elsewhere.test', 'Early@Elsewhere.test'])
      expect(await list({ actor })).toHaveLength(1);
    expect(await list({ actor: 'nobody@elsewhere.test' })).toEqual([]);
  });

  it('is paged newest first, each event once', async () => {
    const all = await list({ limit: 200 });
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    const paged: Shown[] = [];
    let cursor: string | null = null;
    do {
      const query: object = { limit: 2, ...(cursor ? { cursor } : {}) };
      const page: { body: { data: Shown[]; nextCursor: string | null } } = await admin
        .get('/v1/audit-events')
        .query(query)
        .expect(200);
      paged.push(...page.body.data);
      cursor = page.body.nextCursor;
    } while (cursor);
    expect(paged).toEqual(all);
  });

  it.each([
    { type: 'no.such_type' },
    { risk: 'extreme' },
    { from: 'yesterday' },
    { from: '2030-13-01T00:00:00Z' },
    { from: '2030-02-30T00:00:00Z' },
    { to: '2030-01-01' },
    { format: 'csv' },
  ])('refuses %p', async (query) => {
    const { body } = await admin.get('/v1/audit-events').query(query).expect(400);
    expect(body.code).toBe('validation_failed');
  });

  it('is read by viewers and by keys with its scope, and by nobody else', async () => {
    const viewer = await service.member(workspace, 'viewer');
    await service.http(viewer.accessToken).get('/v1/audit-events').expect(200);
    await service.http().get('/v1/audit-events').expect(401);
    const keyWith = async (scopes: string[]) =>
      (await admin.post('/v1/api-keys').send({ name: 'k', scopes }).expect(201)).body.key as string;
    await service
      .withKey(await keyWith(['audit:read']))
      .get('/v1/audit-events')
      .expect(200);
    const refused = await service
      .withKey(await keyWith(['runs:read']))
      .get('/v1/audit-events')
      .expect(403);
    expect(refused.body.code).toBe('insufficient_scope');
  });

  it('shows nothing of another workspace', async () => {
    const other = await service.workspace();
    const { body } = await service
      .http(other.admin.accessToken)
      .get('/v1/audit-events')
      .query({ actor: workspace.admin.userId })
      .expect(200);
    expect(body).toEqual({ data: [], nextCursor: null });
  });

  it('can be exported as lines of JSON or CSV, oldest first, and says so itself', async () => {
    const ndjson = await admin.get('/v1/audit-events/export').buffer(true).parse(asText).expect(200);
    expect(ndjson.headers['content-type']).toMatch(/^application\/x-ndjson/);
    expect(ndjson.headers['content-disposition']).toMatch(
      /^attachment; filename="audit-events-\d{4}-\d\d-\d\d\.ndjson"$/,
    );
    const lines = (ndjson.body as string).trimEnd().split('\n');
    const known = (await list({ limit: 200 })).reverse();
    const withoutProof = lines.map((line) => ({ ...(JSON.parse(line) as object), proof: undefined }));
    expect(withoutProof).toEqual(known.map((event) => ({ ...event, proof: undefined })));

    const [exported] = await list({ type: 'audit.exported' });
    expect(exported).toMatchObject({ actor: { id: workspace.admin.userId }, data: { format: 'ndjson' } });

    const csv = await admin
      .get('/v1/audit-events/export')
      .query({ format: 'csv', risk: 'high' })
      .buffer(true)
      .parse(asText)
      .expect(200);
    expect(csv.headers['content-type']).toMatch(/^text\/csv/);
    const records = (csv.body as string).trimEnd().split('\r\n');
    expect(records[0]).toMatch(/^id,time,type,/);
    expect(records).toHaveLength(1 + (await list({ risk: 'high' })).length);
    await admin.get('/v1/audit-events/export').query({ format: 'pdf' }).expect(400);
  });

  it.each(['ndjson', 'csv'])('is exported as %s by whatever it is searched by', async (format) => {
    const name = `Lovelace ${format}`;
    const person = await service.member(workspace, 'viewer', { email: `${format}@${workspace.slug}.test` });
    await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'editor' }).expect(200);
    await admin.post('/v1/access-reviews').send({ name }).expect(201);
    const [{ requestId }] = (await list({ type: 'workspace.member_updated', target: person.memberId })) as [
      Shown,
    ];
    const exported = async (query: object): Promise<string[]> => {
      const { body } = await admin
        .get('/v1/audit-events/export')
        .query({ format, ...query })
        .buffer(true)
        .parse(asText)
        .expect(200);
      const ids = (body as string).match(UUID_AT_START) ?? [];
      return ids.map((start) => start.slice(-36));
    };
    for (const query of [
      { text: name.toUpperCase() },
      // What only the opened entry says: addresses are stored encrypted.
      { text: person.email },
      { text: person.email, type: 'workspace.member_updated' },
      { target: person.memberId, risk: 'medium' },
      { requestId },
      { actor: workspace.admin.email, from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' },
      { text: 'nobody says this' },
    ]) {
      const searched = (await list({ limit: 200, ...query })).map(({ id }) => id).reverse();
      expect([query, await exported(query)]).toEqual([query, searched]);
    }
    const [last] = await list({ type: 'audit.exported' });
    expect(last!.data).toEqual({ format, filter: { text: true } });
    await admin.get('/v1/audit-events/export').query({ format, text: 'x' }).expect(400);
    await admin.get('/v1/audit-events/export').query({ format, cursor: 'x' }).expect(400);
  });

  it('says of an export for an address that it is a selection, and keeps the address as that of a person', async () => {
    const person = await service.member(workspace, 'viewer');
    await admin.get('/v1/audit-events/export').query({ actor: person.email }).expect(200);
    const last = async () => (await list({ type: 'audit.exported' }))[0]!.data;
    expect(await last()).toEqual({ format: 'ndjson', filter: {}, email: person.email });
    const stored = `select data from audit_events where type = 'audit.exported' order by id desc limit 1`;
    expect(await service.sql(stored)).toEqual([{ data: { format: 'ndjson', filter: {} } }]);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
    expect(await last()).toEqual({ format: 'ndjson', filter: {} });
  });

  it('is exported completely, however long it is', async () => {
    const big = await service.workspace();
    await service.sql(
      `insert into audit_events (workspace_id, type, risk, actor_type)
       select $1, 'auth.login_succeeded', 'low', 'system' from generate_series(1, 2345)`,
      [big.id],
    );
    const { body } = await service
      .http(big.admin.accessToken)
      .get('/v1/audit-events/export')
      .query({ type: 'auth.login_succeeded' })
      .buffer(true)
      .parse(asText)
      .expect(200);
    const lines = (body as string)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Shown);
    const ids = lines.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2346);
    // More than come under one seal: the next one goes on where that ended.
    expect(lines.filter((line) => !('proof' in line))).toEqual([]);
    expect(ids).toEqual([...ids].sort());
  });

  it('is sealed whole, also where the oldest transaction of all ends after those behind it are sealed', async () => {
    const { id, admin: person } = await service.workspace();
    const seal = () => service.http(person.accessToken).get('/v1/audit-events/proof').expect(200);
    await seal();
    const late = new Client({ connectionString: service.databaseUrl });
    await late.connect();
    await late.query('begin');
    await late.query(
      `insert into audit_events (workspace_id, type, risk, actor_type) values ($1, 'auth.login_failed', 'low', 'system')`,
      [id],
    );
    await service.http(person.accessToken).post('/v1/secrets').send({ name: 's', value: 'v' }).expect(201);
    await seal();
    await late.query('commit');
    await late.end();
    await seal();
    const unsealed = `select type from audit_events e
                       where workspace_id = $1 and not exists (select from audit_leaves where event_id = e.id)`;
    expect(await service.sql(unsealed, [id])).toEqual([]);
  });

  it('cannot be changed or shortened by the service itself', async () => {
    for (const statement of [
      `update audit_events set type = 'x'`,
      'delete from audit_events',
      'truncate audit_events',
    ]) {
      await expect(
        service.sql(`set role gatehouse_app; set gatehouse.workspace_id = '${workspace.id}'; ${statement}`),
      ).rejects.toThrow('permission denied');
    }
  });
});

/** Where a line of either format begins. */
const UUID_AT_START = /^(\{"id":")?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gm;

function asText(response: object, done: (error: Error | null, text: string) => void): void {
  const stream = response as NodeJS.ReadableStream;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () => done(null, text));
}
