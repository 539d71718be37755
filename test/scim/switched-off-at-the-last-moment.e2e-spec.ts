import { Client } from 'pg';
import type { Response } from 'supertest';
import { startApp, type TestApp } from '../support/app';
import { department, saveRules } from '../support/role-mapping';
import { scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

/** Requests whose token was good when they came, and which wait while an admin switches their directory off. */
describe('A directory that is switched off while it asks for something', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let client: Client;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client.end());

  const post = (userName: string) => workspace.scim.post('/Users', { schemas: [USER], userName });
  const members = async () =>
    (
      await app.sql<{ user_name: string }>(
        `select user_name from members where workspace_id = $1 and source = 'scim' and removed_at is null`,
        [workspace.id],
      )
    ).map((row) => row.user_name);

  /** The requests come while a switch-off is nearly done, and go on once it is. */
  async function switchedOffMeanwhile(waiting: number, ...requests: (() => PromiseLike<Response>)[]) {
    const turn = `hashtextextended('role mappings|' || $1::text, 0)`;
    await client.query(`select pg_advisory_xact_lock(${turn})`, [workspace.id]);
    await client.query(`update scim_tokens set revoked_at = now() where id = $1`, [workspace.tokenId]);
    const answers = requests.map((request) => request().then((response) => response));
    await app.waiting(waiting);
    await client.query('commit');
    return Promise.all(answers);
  }

  it('adds nobody any more, alone or together', async () => {
    const answers = await switchedOffMeanwhile(
      1,
      () => post('ada'),
      () => post('bob'),
      () => post('eve'),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(answers[0]!.body).toMatchObject({ status: '401', detail: expect.stringContaining('revoked') });
    expect(await members()).toEqual([]);
    expect(await app.auditEvents(workspace.id, 'scim.user_created')).toEqual([]);
  });

  it('adds nobody by rules, and nobody whom it says a role of', async () => {
    await saveRules(app, workspace.admin, [department('Sales', 'editor')]);
    const [answer] = await switchedOffMeanwhile(1, () => post('ada'));
    expect(answer!.status).toBe(401);
    expect(await members()).toEqual([]);
  });

  it('does no more of many operations in one request', async () => {
    const Operations = ['ada', 'bob'].map((userName) => ({
      ...{ method: 'POST', path: '/Users', bulkId: userName },
      data: { schemas: [USER], userName },
    }));
    const [answer] = await switchedOffMeanwhile(1, () =>
      workspace.scim.post('/Bulk', { schemas: [BULK], Operations }),
    );
    expect(answer!.body).toMatchObject({ Operations: [{ status: '401' }, { status: '401' }] });
    expect(await members()).toEqual([]);
  });

  it('lets nobody in again whom the switch-off took out', async () => {
    const { id } = await workspace.scim.create({ userName: 'ada' });
    await client.query(
      `update members set removed_at = now(), removal_reason = 'directory_switched_off' where id = $1`,
      [id],
    );
    const [answer] = await switchedOffMeanwhile(1, () =>
      workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true }),
    );
    expect(answer!.status).toBe(401);
    expect(await members()).toEqual([]);
  });
});
