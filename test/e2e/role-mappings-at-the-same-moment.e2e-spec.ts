import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { Database } from '../../src/database/database';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestPerson } from '../support/app';
import { department, group, MappingScene, saveRules } from '../support/role-mapping';
import { issueScimToken, ScimClient } from '../support/scim-client';

/** What rules give while somebody changes what it rests on. */
describe('Role mappings, in the same moment', () => {
  let app: TestApp;
  let the: MappingScene;
  let author: TestPerson;
  let client: Client;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
    author = await app.member(the.scene.workspace, 'admin');
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client.end());

  /** From here until `commit`, whatever is on record can do everything but end. */
  const nothingEnds = () => client.query('lock table audit_events in share mode');
  /** Until whoever changes this member can do nothing more before `commit`. */
  const isStuckAt = async (id: string) => {
    const stuck = `select from members m join pg_locks l on l.locktype = 'transactionid' and l.transactionid = m.xmax
      where m.id = $1 and l.granted and cardinality(pg_blocking_pids(l.pid)) > 0`;
    while ((await app.sql(stuck, [id])).length === 0) await pause(20);
  };
  const changeAuthor = (role: string) =>
    the.asAdmin.patch(`/v1/members/${author.memberId}`).send({ role }).expect(200);

  it('take nobody, with their author, what an admin gives them by hand', async () => {
    await saveRules(app, author, [group('editors', 'editor')]);
    await the.signIn('ada', ['editors']);
    const { id } = await the.memberOf('ada');
    await nothingEnds();
    const given = the.asAdmin.patch(`/v1/members/${id}`).send({ approver: true }).expect(200);
    const answers = [given.then(() => undefined)];
    await app.waiting();
    answers.push(changeAuthor('viewer').then(() => undefined));
    await app.waiting(2);
    await client.query('commit');
    await Promise.all(answers);
    expect(await the.memberOf('ada')).toMatchObject({ role: 'viewer', approver: true });
  });

  it('are saved over nothing that an admin gives by hand', async () => {
    await the.signIn('ada', ['editors']);
    const { id } = await the.memberOf('ada');
    await nothingEnds();
    const given = the.asAdmin.patch(`/v1/members/${id}`).send({ approver: true }).expect(200);
    const answers = [given.then(() => undefined)];
    await app.waiting();
    answers.push(the.save(group('editors', 'editor')).then(() => undefined));
    await app.waiting(2);
    await client.query('commit');
    await Promise.all(answers);
    expect(await the.memberOf('ada')).toMatchObject({ role: 'editor', approver: true });
  });

  describe('give no more than their author holds', () => {
    let directory: ScimClient;
    const roads: [string, (who: string) => Promise<unknown>][] = [
      ['somebody who signs in again', (who) => the.signIn(who, ['admins'])],
      ['somebody who signs in for the first time', (who) => the.signIn(`new-${who}`, ['admins'])],
      [
        'somebody of whom a directory says something new',
        async (who) => {
          const { id } = await the.memberOf(who);
          const path = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department';
          return directory
            .patch(
              `/Users/${id}`,
              { op: 'add', path: 'externalId', value: who },
              { op: 'add', path, value: 'Ops' },
            )
            .expect(200);
        },
      ],
    ];
    const rules = [group('admins', 'admin'), department('Ops', 'admin')];
    const highest = async () =>
      (
        await app.sql<{ role: string }>(
          `select role from members where workspace_id = $1 and source = 'jit' order by role limit 1`,
          [the.scene.workspace.id],
        )
      )[0]!.role;

    beforeEach(async () => {
      await the.signIn('ada');
      await saveRules(app, author, rules);
      directory = new ScimClient(app, (await issueScimToken(app, the.admin)).token);
    });

    it.each(roads)('when that falls before the end, to %s', async (_, comes) => {
      await nothingEnds();
      const falls = changeAuthor('editor').then(() => undefined);
      await isStuckAt(author.memberId);
      const came = comes('ada');
      await app.waiting(2);
      await client.query('commit');
      await Promise.all([falls, came]);
      expect(await highest()).toBe('editor');
    });

    it.each(roads)('when that falls right after the beginning, to %s', async (_, comes) => {
      await nothingEnds();
      const came = comes('ada');
      await app.waiting();
      const falls = changeAuthor('editor').then(() => undefined);
      await app.waiting(2);
      await client.query('commit');
      await Promise.all([falls, came]);
      expect(await highest()).toBe('editor');
    });
  });

  it('give no more than that for long where the service ends right after COMMIT', async () => {
    await the.signIn('ada');
    await saveRules(app, author, [group('admins', 'admin')]);
    const role = async () => (await the.memberOf('ada')).role;
    await nothingEnds();
    const falls = changeAuthor('editor').then(() => undefined);
    await isStuckAt(author.memberId);
    const lost = jest.spyOn(Database.prototype, 'afterCommit').mockImplementation(() => undefined);
    const came = the.signIn('ada', ['admins']);
    await isStuckAt((await the.memberOf('ada')).id);
    await client.query('commit');
    await Promise.all([falls, came]);
    lost.mockRestore();
    expect(await role()).toBe('admin');
    await app.app.get(Schedule).run('members.finish_large_changes', new Date());
    expect(await role()).toBe('editor');
  });

  it('are not saved by somebody who is shown out meanwhile', async () => {
    await the.save(group('ops', 'editor'));
    await the.signIn('ada', ['ops']);
    await client.query(`select pg_advisory_xact_lock(hashtextextended('role mappings|' || $1, 0))`, [
      the.scene.workspace.id,
    ]);
    const saved = app
      .http(author.accessToken)
      .put('/v1/role-mappings')
      .send({ rules: [group('ops', 'admin')] })
      .then(({ status, body }) => ({ status, code: body.code as string }));
    await app.waiting();
    await the.asAdmin.delete(`/v1/members/${author.memberId}`).expect(204);
    await client.query('commit');
    expect(await saved).toEqual({ status: 403, code: 'member_removed' });
    expect(await the.roleOf('ada')).toBe('editor');
    const { body } = await the.asAdmin.get('/v1/role-mappings').expect(200);
    expect(body).toMatchObject({ rules: [{ role: 'editor' }], author: { memberId: the.admin.memberId } });
  });
});
