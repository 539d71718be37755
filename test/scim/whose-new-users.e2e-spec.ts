import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { startApp, type TestApp } from '../support/app';
import { department, saveRules } from '../support/role-mapping';
import { ENTERPRISE, scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

/** New users come in by one road where no rules give roles, and by another one where some do. */
describe.each(['no rules', 'rules'])('A new user of a directory, where %s give roles', (rules) => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let elsewhere: ScimWorkspace;
  let email: string;
  let domain: string;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    [workspace, elsewhere] = [await scimWorkspace(app), await scimWorkspace(app)];
    domain = `d-${randomUUID()}.example`;
    email = `ada@${domain}`;
    if (rules === 'rules') await saveRules(app, workspace.admin, [department('Sales', 'editor')]);
  });

  const own = (status: string, graceHours: number | null) =>
    app.sql(
      `insert into domains (workspace_id, domain, token, status, verified_at, grace_until)
       values ($1, $2, 't', $3, now(), now() + make_interval(hours => $4))`,
      [workspace.id, domain, status, graceHours],
    );
  const userOf = async (id: string) => {
    const [user] = await app.sql<{ id: string; claimed: boolean }>(
      'select u.id, u.email_claimed as claimed from users u join members m on m.user_id = u.id where m.id = $1',
      [id],
    );
    return user!;
  };

  it.each<[string, number | null]>([
    ['verified', null],
    ['failing', 1],
  ])('is whoever has proved the address while its domain is %s here', async (status, graceHours) => {
    await own(status, graceHours);
    const known = await app.member(elsewhere, 'viewer', { email });
    const { id } = await workspace.scim.create({ userName: email });
    expect(await userOf(id)).toEqual({ id: known.userId, claimed: true });
  });

  it.each<[string, number | null]>([
    ['pending', null],
    ['failing', -1],
    ['lost', null],
  ])(
    'is somebody else than who has proved the address when its domain is %s here',
    async (status, graceHours) => {
      await own(status, graceHours);
      const known = await app.member(elsewhere, 'viewer', { email });
      const { id } = await workspace.scim.create({ userName: email });
      const user = await userOf(id);
      expect(user).toMatchObject({ claimed: false });
      expect(user.id).not.toBe(known.userId);
    },
  );

  it('is nobody of whom another workspace has only heard by its directory', async () => {
    const heardOf = await elsewhere.scim.create({ userName: email });
    await own('verified', null);
    const { id } = await workspace.scim.create({ userName: email });
    expect(await userOf(id)).toMatchObject({ claimed: true });
    expect((await userOf(id)).id).not.toBe((await userOf(heardOf.id)).id);
  });

  it('has the role of rules that are saved in that moment', async () => {
    const client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
    // Whoever comes to the last statement of a transaction waits, with all that was done before.
    await client.query('lock table audit_events in share mode');
    const created = workspace.scim
      .post('/Users', {
        schemas: [USER, ENTERPRISE],
        userName: email,
        [ENTERPRISE]: { department: 'Engines' },
      })
      .then(({ status, body }) => ({ status, body: body as { id: string } }));
    await app.waiting();
    const saved = saveRules(app, workspace.admin, [department('Engines', 'editor')]);
    await app.waiting(2);
    await client.query('commit');
    await client.end();
    const [{ status, body }] = await Promise.all([created, saved]);
    expect(status).toBe(201);
    const { body: member } = await app
      .http(workspace.admin.accessToken)
      .get(`/v1/members/${body.id}`)
      .expect(200);
    expect(member.role).toBe('editor');
  });
});
