import { Client } from 'pg';
import { type AuditRow, startApp, type TestApp } from '../support/app';
import { textsOf } from '../support/messages';
import { accessOf, saveRules, type TestRule } from '../support/role-mapping';
import { type ScimClient, type ScimUser, type ScimWorkspace, scimWorkspace } from '../support/scim-client';

const rule = (value: string, role: TestRule['role'], more: Partial<TestRule> = {}): TestRule => ({
  source: 'scim_group',
  value,
  role,
  ...more,
});

describe('Rules about the groups of a directory', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;
  let ada: ScimUser;
  let bob: ScimUser;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
    ada = await scim.create();
    bob = await scim.create();
  });
  afterEach(() => jest.restoreAllMocks());

  const save = (...rules: TestRule[]) => saveRules(app, workspace.admin, rules);
  const roleOf = async ({ id }: { id: string }): Promise<string> =>
    (await app.sql<{ role: string }>('select role from members where id = $1', [id]))[0]!.role;
  const roles = async (): Promise<string[]> => [await roleOf(ada), await roleOf(bob)];
  const add = (groupId: string, ...ids: string[]) =>
    scim.patch(`/Groups/${groupId}`, { op: 'add', path: 'members', value: ids }).expect(204);
  const remove = (groupId: string, id: string) =>
    scim.patch(`/Groups/${groupId}`, { op: 'remove', path: `members[value eq "${id}"]` }).expect(204);
  const rename = (groupId: string, displayName: string) =>
    scim.patch(`/Groups/${groupId}`, { op: 'replace', path: 'displayName', value: displayName }).expect(204);
  const latest = async (type: string): Promise<AuditRow | undefined> =>
    (await app.auditEvents(workspace.id, type)).at(-1);

  it('give their role with the membership and take it with it, in the same transaction', async () => {
    await save(rule('Engineering', 'editor', { approver: true }));
    const { id } = await scim.createGroup({ displayName: 'Engineering' });
    await add(id, ada.id);
    expect(await roles()).toEqual(['editor', 'viewer']);
    const [came, changed] = [await latest('scim.group_updated'), await latest('workspace.member_updated')];
    expect(changed).toMatchObject({
      target_id: ada.id,
      actor_type: 'scim',
      data: {
        before: { role: 'viewer', approver: false },
        after: { role: 'editor', approver: true },
        because: 'directory',
        grant: { kind: 'scim', rule: { source: 'scim_group', value: 'Engineering', position: 1 } },
      },
    });
    expect(changed!.xid).toBe(came!.xid);
    const access = await accessOf(app, workspace.admin, ada.id);
    expect(access.explanation).toContain('rule 1 matches the directory’s group "Engineering"');
    await remove(id, ada.id);
    expect(await roles()).toEqual(['viewer', 'viewer']);
  });

  it('match letter by letter, and follow a group to another name and out of the directory', async () => {
    await save(rule('Engineering', 'editor'));
    const { id } = await scim.createGroup({ displayName: 'engineering', members: [ada.id] });
    expect(await roleOf(ada)).toBe('viewer');
    await rename(id, 'Engineering');
    expect(await roleOf(ada)).toBe('editor');
    await rename(id, 'Platform');
    expect(await roleOf(ada)).toBe('viewer');
    await scim.put(`/Groups/${id}`, { displayName: 'Engineering', members: [ada.id, bob.id] }).expect(200);
    expect(await roles()).toEqual(['editor', 'editor']);
    await scim.delete(`/Groups/${id}`).expect(204);
    expect(await roles()).toEqual(['viewer', 'viewer']);
  });

  it('count for groups that were there before them, and from the first member of a new one', async () => {
    await scim.createGroup({ displayName: 'Engineering', members: [ada.id] });
    expect((await save(rule('Engineering', 'editor'))).changed).toBe(1);
    await save(rule('Sales', 'editor'));
    expect(await roles()).toEqual(['viewer', 'viewer']);
    await scim.createGroup({ displayName: 'Sales', members: [bob.id] });
    expect(await roles()).toEqual(['viewer', 'editor']);
  });

  it('reach those in groups within the group, as long as there is a way', async () => {
    await save(rule('All', 'editor'));
    const inner = await scim.createGroup({ members: [ada.id] });
    const middle = await scim.createGroup({ members: [inner.id] });
    const all = await scim.createGroup({ displayName: 'All', members: [bob.id] });
    expect(await roles()).toEqual(['viewer', 'editor']);
    await add(all.id, middle.id);
    expect(await roles()).toEqual(['editor', 'editor']);
    await remove(inner.id, ada.id);
    expect(await roleOf(ada)).toBe('viewer');
    await add(inner.id, ada.id);
    expect(await roleOf(ada)).toBe('editor');
    expect((await accessOf(app, workspace.admin, ada.id)).explanation).toContain('"All"');
    await scim.delete(`/Groups/${middle.id}`).expect(204);
    expect(await roles()).toEqual(['viewer', 'editor']);
  });

  it('go by their order, and by the highest that is given by whatever road', async () => {
    await save(rule('Viewers', 'viewer'), rule('Editors', 'editor'));
    const editors = await scim.createGroup({ displayName: 'Editors', members: [ada.id] });
    expect(await roleOf(ada)).toBe('editor');
    await scim.createGroup({ displayName: 'Viewers', members: [ada.id] });
    expect(await roleOf(ada)).toBe('viewer');
    await app
      .http(workspace.admin.accessToken)
      .patch(`/v1/members/${ada.id}`)
      .send({ role: 'editor' })
      .expect(200);
    await remove(editors.id, ada.id);
    expect(await roleOf(ada)).toBe('editor');
  });

  it('make admins with a record of high risk, and never take the last one away', async () => {
    await save(rule('Admins', 'admin'));
    const { id } = await scim.createGroup({ displayName: 'Admins', members: [ada.id] });
    expect(await latest('auth.role_escalated')).toMatchObject({
      target_id: ada.id,
      data: { because: 'directory' },
    });
    await app.sql(`update members set role = 'viewer' where id = $1`, [workspace.admin.memberId]);
    await remove(id, ada.id);
    expect(await roleOf(ada)).toBe('admin');
    expect(await latest('sso.role_sync_held')).toMatchObject({
      target_id: ada.id,
      data: { reason: 'last_admin', because: 'directory' },
    });
  });

  it('give somebody who is let in again what their groups give by then', async () => {
    await save(rule('Engineering', 'editor'));
    const { id } = await scim.createGroup({ displayName: 'Engineering' });
    const active = (value: boolean) =>
      scim.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value }).expect(200);
    await active(false);
    await add(id, ada.id);
    await active(true);
    expect(await roleOf(ada)).toBe('editor');
    await active(false);
    expect(await scim.membersOf(id)).toEqual([ada.id]);
    await remove(id, ada.id);
    await active(true);
    expect(await roleOf(ada)).toBe('viewer');
  });

  it('are foretold by the preview, which says when a rule matches nobody', async () => {
    const { id } = await scim.createGroup({ displayName: 'Engineering', members: [ada.id] });
    const outer = await scim.createGroup({ displayName: 'Everybody', members: [id] });
    const { body } = await app
      .http(workspace.admin.accessToken)
      .post('/v1/role-mappings/preview')
      .send({ rules: [rule(outer.displayName, 'editor'), rule('engineering', 'viewer')] })
      .expect(200);
    expect(body.changes).toMatchObject([
      { memberId: ada.id, after: { role: 'editor' }, rule: { source: 'scim_group', value: 'Everybody' } },
    ]);
    expect(body.warnings).toMatchObject([{ code: 'rule_matches_nobody', position: 2 }]);
  });

  it('are shown to who asks why somebody has their role, with all groups of the directory', async () => {
    const inner = await scim.createGroup({ displayName: 'Inner', members: [ada.id] });
    await scim.createGroup({ displayName: 'Outer', members: [inner.id] });
    const { body } = await app
      .http(workspace.admin.accessToken)
      .get(`/v1/members/${ada.id}/access`)
      .expect(200);
    expect(JSON.stringify(body)).toContain('["Inner","Outer"]');
  });

  it('sync many at once with as many statements as one', async () => {
    await save(rule('Engineering', 'editor'));
    const few = await Promise.all(Array.from({ length: 30 }, () => scim.create()));
    const { id } = await scim.createGroup({ displayName: 'Engineering' });
    const statements = async (work: () => Promise<unknown>): Promise<number> => {
      const query = jest.spyOn(Client.prototype, 'query');
      await work();
      const about = /member_grants|role_mappings|directory_groups g|update members/;
      const count = query.mock.calls
        .flatMap(([sent]) => textsOf(sent))
        .filter((text) => about.test(text)).length;
      expect(count).toBeGreaterThan(3);
      query.mockRestore();
      return count;
    };
    const one = await statements(() => add(id, few[0]!.id, few[1]!.id));
    const many = await statements(() => add(id, ...few.slice(2).map((user) => user.id)));
    expect(many).toBe(one);
    expect(await Promise.all(few.map(roleOf))).toEqual(few.map(() => 'editor'));
  });

  it('judge whoever comes in while rules are saved or a group changes its name by what is true afterwards', async () => {
    const { id } = await scim.createGroup({ displayName: 'Before' });
    const crowd = await Promise.all(Array.from({ length: 12 }, () => scim.create()));
    await save(rule('After', 'editor'));
    await Promise.all([
      ...crowd.slice(0, 6).map((user) => add(id, user.id)),
      rename(id, 'After'),
      ...crowd.slice(6).map((user) => add(id, user.id)),
    ]);
    expect(await Promise.all(crowd.map(roleOf))).toEqual(crowd.map(() => 'editor'));

    const late = await Promise.all(Array.from({ length: 8 }, () => scim.create()));
    await Promise.all([
      ...late.slice(0, 4).map((user) => add(id, user.id)),
      save(rule('After', 'viewer', { approver: true })),
      ...late.slice(4).map((user) => add(id, user.id)),
    ]);
    const approvers = await app.sql(
      `select id from members where workspace_id = $1 and approver and role = 'viewer'`,
      [workspace.id],
    );
    expect(approvers).toHaveLength(crowd.length + late.length);
  });
});
