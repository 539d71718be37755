import { PasswordHasher } from '../../src/auth/password/hashing/password-hasher';
import { PieceSizes } from '../../src/members/large-changes/piece-sizes';
import { Schedule } from '../../src/schedule/schedule';
import { PASSWORD, startApp, type TestApp } from '../support/app';
import { loginOf, type Scene } from '../support/federated-sign-in';
import { department, group, MappingScene } from '../support/role-mapping';

describe('A connection that is deleted takes with it what rules gave by its word', () => {
  let app: TestApp;
  let the: MappingScene;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
  });

  const remove = ({ connection }: Pick<Scene, 'connection'> = the.scene) =>
    the.asAdmin.delete(`/v1/sso/connections/${connection.id}`);
  const another = async (): Promise<Scene> => ({
    ...the.scene,
    connection: await the.idp.connect(the.scene.workspace),
  });
  const rulesOf = async () => (await the.asAdmin.get('/v1/role-mappings').expect(200)).body.rules;

  it('at once and in the same transaction, with the record of each', async () => {
    await the.save(group('editors', 'editor', { approver: true }));
    await the.signIn('ada', ['editors']);
    await the.signIn('bob', ['others']);
    const ada = await the.memberOf('ada');
    expect(ada).toMatchObject({ role: 'editor', approver: true });

    await remove().expect(204);
    expect(await the.memberOf('ada')).toMatchObject({ role: 'viewer', approver: false });
    expect((await the.accessOf('ada')).grants).toMatchObject([
      { kind: 'default', origin: 'sign_in', role: 'viewer', decides: true },
    ]);
    const [deleted] = await the.events('sso_connection.deleted');
    expect(await the.events('workspace.member_updated')).toMatchObject([
      {
        ...{ target_id: ada.id, actor_id: the.admin.userId, xid: deleted!.xid },
        data: {
          before: { role: 'editor', approver: true },
          after: { role: 'viewer', approver: false },
          because: 'connection_deleted',
        },
      },
    ]);
  });

  it('which disabling it does not: that can be undone, and takes ways in and no roles', async () => {
    await the.save(group('editors', 'editor'));
    await the.signIn('ada', ['editors']);
    await the.asAdmin.post(`/v1/sso/connections/${the.scene.connection.id}/disable`).expect(200);
    await the.save(group('editors', 'editor', { approver: true }));
    expect(await the.memberOf('ada')).toMatchObject({ role: 'editor', approver: true });
    await remove().expect(204);
    expect(await the.memberOf('ada')).toMatchObject({ role: 'viewer', approver: false });
  });

  it('but nothing that was given by hand, nor what another connection says too', async () => {
    await the.save(group('editors', 'editor'));
    const second = await another();
    for (const subject of ['ada', 'bob']) await the.signIn(subject, ['editors']);
    const login = loginOf('ada', the.emailOf('ada'), { groups: ['editors'] });
    await the.idp.signIn(second, login);
    const bob = await the.memberOf('bob');
    await the.asAdmin.patch(`/v1/members/${bob.id}`).send({ role: 'admin' }).expect(200);

    await remove().expect(204);
    expect([await the.roleOf('ada'), await the.roleOf('bob')]).toEqual(['editor', 'admin']);
    expect((await the.accessOf('ada')).grants).toMatchObject([
      { kind: 'default' },
      { kind: 'rule', rule: { connectionId: second.connection.id } },
    ]);
    expect((await the.accessOf('bob')).grants.map(({ kind }) => kind)).toEqual(['default', 'manual']);
  });

  it('also what it said of departments: what the profile says here counts again', async () => {
    await the.save(department('Research', 'editor'));
    await the.signIn('ada', [], { department: 'sales' });
    await the.signIn('ada', [], { department: 'research' });
    expect(await the.roleOf('ada')).toBe('editor');
    await remove().expect(204);
    expect(await the.roleOf('ada')).toBe('viewer');
  });

  it('and the rules about it, on the record; everybody is judged by those that are left', async () => {
    const second = await another();
    await the.save(
      group('staff', 'viewer', { connectionId: the.scene.connection.id }),
      group('staff', 'editor', { connectionId: second.connection.id }),
    );
    await the.signIn('ada', ['staff']);
    await the.idp.signIn(second, loginOf('ada', the.emailOf('ada'), { groups: ['staff'] }));
    await the.idp.signIn(second, loginOf('bob', the.emailOf('bob'), { groups: ['staff'] }));
    expect([await the.roleOf('ada'), await the.roleOf('bob')]).toEqual(['viewer', 'editor']);

    await remove().expect(204);
    expect(await rulesOf()).toMatchObject([{ role: 'editor', connectionId: second.connection.id }]);
    expect([await the.roleOf('ada'), await the.roleOf('bob')]).toEqual(['editor', 'editor']);
    expect((await the.accessOf('bob')).grants).toMatchObject([
      { kind: 'default' },
      { kind: 'rule', rule: { position: 1 } },
    ]);
    const [, updated] = await the.events('role_mapping.updated');
    expect(updated).toMatchObject({
      risk: 'high',
      data: { before: [{ role: 'viewer' }, {}], after: [{ role: 'editor' }], because: 'connection_deleted' },
    });
  });

  it('in pieces when very many were known through it', async () => {
    const sizes = app.app.get(PieceSizes);
    const usual = { ...sizes };
    await the.save(group('editors', 'editor'));
    for (const subject of ['ada', 'bob']) await the.signIn(subject, ['editors']);
    const other = await another();
    await the.idp.signIn(other, loginOf('eve', the.emailOf('eve'), { groups: ['editors'] }));
    Object.assign(sizes, { most: 1, piece: 1 });
    try {
      await remove().expect(204);
      const left = await app.sql(
        `select subject from identities where workspace_id = $1
          union select i.subject from sessions s left join identities i on i.id = s.identity_id
                 where s.workspace_id = $1 and s.method <> 'password' and s.ended_at is null`,
        [the.scene.workspace.id],
      );
      expect(left).toEqual([{ subject: 'eve' }]);
      const [begun] = (await the.asAdmin.get('/v1/large-changes').expect(200)).body.data as object[];
      expect(begun).toMatchObject({ because: 'connection_deleted', status: 'under_way' });
      await app.app.get(Schedule).run('members.finish_large_changes', new Date());
      for (const subject of ['ada', 'bob']) {
        expect(await the.memberOf(subject)).toMatchObject({ role: 'viewer' });
      }
      expect(await the.memberOf('eve')).toMatchObject({ role: 'editor' });
    } finally {
      Object.assign(sizes, usual);
    }
  });

  it('and the sessions it opened, which let go of it; those that were over keep how they ended', async () => {
    for (const subject of ['ada', 'bob']) await the.signIn(subject);
    const { id: ada } = await the.memberOf('ada');
    await app.sql(`update sessions set ended_at = now(), end_reason = 'logged_out' where member_id = $1`, [
      ada,
    ]);
    await remove().expect(204);
    const sessions = await app.sql(
      `select end_reason, ended_at is not null as over, connection_id, identity_id from sessions
        where workspace_id = $1 and method <> 'password' order by end_reason`,
      [the.scene.workspace.id],
    );
    const letGo = { over: true, connection_id: null, identity_id: null };
    expect(sessions).toEqual([
      { end_reason: 'connection_withdrawn', ...letGo },
      { end_reason: 'logged_out', ...letGo },
    ]);
  });

  it('except from the last admin, who stays admin, and the record says so', async () => {
    await the.save(group('admins', 'admin'));
    await the.signIn('ada', ['admins']);
    const ada = await the.memberOf('ada');
    await the.unseatFounder();
    const hash = await app.app.get(PasswordHasher).hash(PASSWORD);
    await app.sql('update users set password_hash = $2, email_claimed = true where id = $1', [
      ada.user_id,
      hash,
    ]);
    const { accessToken } = await app.signIn(the.emailOf('ada'), the.scene.workspace.slug);
    await app.http(accessToken).delete(`/v1/sso/connections/${the.scene.connection.id}`).expect(204);

    expect(await the.roleOf('ada')).toBe('admin');
    const [deleted] = await the.events('sso_connection.deleted');
    expect(await the.events('sso.role_sync_held')).toMatchObject([
      {
        ...{ target_id: ada.id, risk: 'high', xid: deleted!.xid },
        data: { reason: 'last_admin', kept: 'admin', wanted: 'viewer', because: 'connection_deleted' },
      },
    ]);
    await app.http(accessToken).get('/v1/role-mappings').expect(200);
  });

  it('whatever is going on at that moment: nobody keeps a role by a sign-in that meets the deletion', async () => {
    await the.save(group('editors', 'editor'));
    const people = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay'];
    for (const subject of people.slice(0, 3)) await the.signIn(subject, ['others']);
    const [answer] = await Promise.all([
      remove(),
      ...people.map((subject) => the.signIn(subject, ['editors']).catch((refusal: unknown) => refusal)),
    ]);
    if (answer.status !== 204) await remove().expect(204);
    const left = await app.sql(
      `select m.email from members m where m.workspace_id = $1 and (m.role = 'editor' or exists (
         select from member_grants g where g.member_id = m.id and g.origin = 'rules'))`,
      [the.scene.workspace.id],
    );
    expect(left).toEqual([]);
  });
});
