import { createHash, randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app';
import { NamedCalls } from '../support/named-calls';
import { mailsTo } from '../support/outbox';
import { PATCH_OP, scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

interface PreviewBody {
  status: number;
  scimType: string | null;
  detail: string | null;
  resource: Record<string, unknown> | null;
  effects: string[];
  roles: object[];
  departures: { memberId: string; revoked: Record<string, string[]>; kept: Record<string, string[]> }[];
}

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('A preview of what a directory would do', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });

  /** All rows that could tell of a change, as one number. */
  const everything = async () => {
    const tables = [
      ...['members', 'member_grants', 'sessions', 'api_keys', 'directory_groups', 'directory_group_members'],
      ...['audit_events', 'offboardings', 'scim_holds', 'scim_held_changes', 'sent_notices', 'tallies'],
    ];
    const states = tables.map((table) =>
      app.sql(`select * from ${table} where workspace_id = $1 order by 1, 2, 3`, [workspace.id]),
    );
    return createHash('sha256')
      .update(JSON.stringify(await Promise.all(states)))
      .digest('hex');
  };
  const preview = async (method: string, path: string, body?: object) => {
    const before = await everything();
    const users = await app.sql('select count(*) from users');
    const answer = await admin.post('/v1/scim/preview').send({ method, path, body }).expect(200);
    expect(await everything()).toBe(before);
    expect(await app.sql('select count(*) from users')).toEqual(users);
    return answer.body as PreviewBody;
  };
  const patch = (...Operations: object[]) => ({ schemas: [PATCH_OP], Operations });

  it('shows who would be suspended and what would end with it', async () => {
    const person = await app.member(workspace, 'editor');
    await app.sql(
      `insert into api_keys (workspace_id, name, scopes, secret_hash, hint, created_by)
       values ($1, 'ci', '{runs:read}', '\\x00', 'abcd', $2)`,
      [workspace.id, person.memberId],
    );
    const path = `/Users/${person.memberId}`;
    const suspension = patch({ op: 'Replace', path: 'active', value: 'False' });
    const shown = await preview('PATCH', path, suspension);
    expect(shown).toMatchObject({
      status: 200,
      detail: null,
      resource: { id: person.memberId, active: false },
      effects: [
        `${person.email} is suspended.`,
        `${person.email} loses 1 API key, 1 session, 1 refresh token.`,
      ],
    });
    await app.http(person.accessToken).get('/v1/auth/me').expect(200);

    const { body: done } = await workspace.scim.patchRaw(path, suspension).expect(200);
    expect({ ...shown.resource, meta: done.meta }).toEqual(done);
    const [event] = await app.auditEvents(workspace.id, 'scim.user_deactivated');
    expect(shown.departures).toEqual([
      { memberId: person.memberId, revoked: event!.data.revoked, kept: event!.data.kept },
    ]);
    expect((await preview('PATCH', path, suspension)).effects).toEqual(['Nothing changes.']);
    expect(await preview('DELETE', `/scim/v2${path}`)).toMatchObject({ status: 204, resource: null });
  });

  it('shows which parts of an extension would be changed', async () => {
    const { id } = await workspace.scim.create({
      displayName: 'Dee',
      [ENTERPRISE]: { department: 'Sales', costCenter: '1' },
    });
    const change = patch({ op: 'replace', value: { [ENTERPRISE]: { department: 'R&D', costCenter: null } } });
    expect((await preview('PATCH', `/Users/${id}`, change)).effects).toEqual([
      'costCenter of Dee changes from "1" to nothing.',
      'department of Dee changes from "Sales" to "R&D".',
    ]);
  });

  it('shows whom a rule would give which role', async () => {
    await admin
      .put('/v1/role-mappings')
      .send({ rules: [{ source: 'department', value: 'R&D', role: 'editor' }] })
      .expect(200);
    const body = {
      schemas: [USER],
      userName: 'ada@acme.test',
      displayName: 'Ada',
      [ENTERPRISE]: { department: 'R&D' },
    };
    const created = await preview('POST', '/Users', body);
    expect(created).toMatchObject({
      status: 201,
      resource: { userName: 'ada@acme.test', active: true },
      effects: ['Ada is created.', 'Ada becomes a member as editor.'],
      roles: [{ before: null, after: 'editor' }],
    });
    const { id } = await workspace.scim.create({ displayName: 'Ada', [ENTERPRISE]: { department: 'R&D' } });
    const path = `${ENTERPRISE}:department`;
    const moved = await preview('PATCH', `/Users/${id}`, patch({ op: 'replace', path, value: 'Sales' }));
    expect(moved.roles).toEqual([{ memberId: id, before: 'editor', after: 'viewer' }]);
    expect(moved.effects).toContain('Ada becomes viewer, no longer editor.');
  });

  it('shows who would come into a group and go', async () => {
    const [ann, bo] = [
      await workspace.scim.create({ displayName: 'Ann' }),
      await workspace.scim.create({ displayName: 'Bo' }),
    ];
    const members = [{ value: ann.id }];
    const group = { schemas: [GROUP], displayName: 'Staff', members };
    expect(await preview('POST', '/Groups', group)).toMatchObject({
      status: 201,
      effects: ['The group Staff is created.', 'Into Staff come Ann.'],
    });
    const made = await workspace.scim.post('/Groups', group).expect(201);
    const swap = patch(
      { op: 'add', path: 'members', value: [{ value: bo.id }] },
      { op: 'remove', path: `members[value eq "${ann.id}"]` },
    );
    const path = `/Groups/${made.body.id as string}`;
    const shown = await preview('PATCH', path, swap);
    expect(shown.effects).toEqual(['Into Staff come Bo.', 'Out of Staff go Ann.']);
    expect(shown.status).toBe((await workspace.scim.patchRaw(path, swap)).status);
    const { body: now } = await workspace.scim.get(path).expect(200);
    expect(shown.resource).toEqual({ ...now, meta: expect.objectContaining({ version: now.meta.version }) });
  });

  it('shows what would become of each operation of a bulk request', async () => {
    const bob = await workspace.scim.create({ displayName: 'Bob' });
    const operations = [
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: 'Both', members: [{ value: 'bulkId:a' }] },
      },
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'a',
        data: { schemas: [USER], userName: 'ann', displayName: 'Ann' },
      },
      { method: 'POST', path: '/Users', bulkId: 'b', data: { schemas: [USER], userName: bob.userName } },
      { method: 'DELETE', path: `/Users/${bob.id}` },
      {
        method: 'PATCH',
        path: `/Users/${bob.id}`,
        data: patch({ op: 'replace', path: 'title', value: 'x' }),
      },
    ];
    const shown = (await preview('POST', '/Bulk', { Operations: operations })) as PreviewBody & {
      bulk: { Operations: { status: string; bulkId?: string }[] };
    };
    expect(shown).toMatchObject({ status: 200, resource: null, detail: null });
    expect(shown.bulk.Operations.map(({ status }) => status)).toEqual(['201', '201', '409', '204', '404']);
    expect(shown.effects).toEqual([
      'Ann is created.',
      'Ann becomes a member as viewer.',
      'The group Both is created.',
      'Into Both come Ann.',
      'Bob is removed, and directories no longer see them.',
    ]);
    expect(shown.departures).toMatchObject([{ memberId: bob.id }]);
    const stopped = await preview('POST', '/scim/v2/Bulk', { Operations: operations, failOnErrors: 1 });
    expect(stopped.effects).not.toContain('Bob is removed, and directories no longer see them.');
    expect(await preview('POST', '/Bulk', {})).toMatchObject({
      status: 400,
      scimType: 'invalidSyntax',
      bulk: null,
    });
  });

  it('goes on after an operation that the database refuses', async () => {
    const suspension = patch({ op: 'replace', path: 'active', value: false });
    const operations = [
      { method: 'PATCH', path: `/Users/${workspace.admin.memberId}`, data: suspension },
      { method: 'POST', path: '/Users', bulkId: 'a', data: { schemas: [USER], userName: 'ann' } },
    ];
    const shown = (await preview('POST', '/Bulk', { Operations: operations })) as PreviewBody & {
      bulk: { Operations: { status: string }[] };
    };
    expect(shown.bulk.Operations.map(({ status }) => status)).toEqual(['409', '201']);
    expect(shown.effects).toEqual(['ann is created.', 'ann becomes a member as viewer.']);
  });

  it('is an error, and no answer of SCIM, when the service fails', async () => {
    const request = { method: 'POST', path: '/Users', body: { schemas: [USER], userName: 'ann' } };
    const calls = new NamedCalls(app, workspace.admin);
    await calls.whileTable('members', 'insert', `raise exception 'it fails';`, async () => {
      await admin.post('/v1/scim/preview').send(request).expect(500);
    });
  });

  it('shows what would be refused, as the directory would be told', async () => {
    const { id, userName } = await workspace.scim.create();
    expect(await preview('POST', '/Users', { schemas: [USER], userName })).toMatchObject({
      status: 409,
      scimType: 'uniqueness',
      resource: null,
      effects: ['Nothing changes.'],
    });
    expect(await preview('PATCH', `/Users/${id}`, patch({ op: 'remove' }))).toMatchObject({ status: 400 });
    expect(await preview('DELETE', `/Users/${randomUUID()}`)).toMatchObject({ status: 404 });
    expect(await preview('DELETE', '/Users/x')).toMatchObject({ status: 404 });
    const suspension = patch({ op: 'replace', path: 'active', value: false });
    expect(await preview('PATCH', `/Users/${workspace.admin.memberId}`, suspension)).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/at least one admin/),
    });
  });

  it('shows what would wait for an admin, and tells nobody', async () => {
    await admin
      .patch('/v1/workspace/policy')
      .send({ scim: { massChange: { members: 0, percent: 1 } } })
      .expect(200);
    const person = await app.member(workspace, 'viewer');
    const suspension = patch({ op: 'replace', path: 'active', value: false });
    expect(await preview('PATCH', `/Users/${person.memberId}`, suspension)).toMatchObject({ status: 429 });
    expect(mailsTo(app, workspace.admin.email)).toEqual([]);
  });

  it.each([
    { method: 'GET', path: '/Users' },
    { method: 'POST', path: '/Users/x', body: {} },
    { method: 'DELETE', path: '/Users' },
    { method: 'PUT', path: '/Bulk', body: {} },
    { method: 'POST', path: '/Bulk/x', body: {} },
    { method: 'POST', path: '/Users', body: 'text' },
    { method: 'POST', path: 7 },
    { path: '/Users' },
  ])('is not made of %j', async (request) => {
    await admin.post('/v1/scim/preview').send(request).expect(400);
  });

  it('is for those who look after the directory', async () => {
    const editor = await app.member(workspace, 'editor');
    const request = { method: 'DELETE', path: `/Users/${editor.memberId}` };
    await app.http(editor.accessToken).post('/v1/scim/preview').send(request).expect(403);
    await app.http(workspace.scim.token).post('/v1/scim/preview').send(request).expect(403);
    const elsewhere = await app.workspace();
    const { body } = await app
      .http(elsewhere.admin.accessToken)
      .post('/v1/scim/preview')
      .send(request)
      .expect(200);
    expect(body.status).toBe(404);
  });
});
