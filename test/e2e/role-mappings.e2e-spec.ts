import { randomUUID } from 'node:crypto';
import { PasswordHasher } from '../../src/auth/password/hashing/password-hasher';
import { PASSWORD, startApp, type TestApp } from '../support/app';
import { loginOf } from '../support/federated-sign-in';
import { accessOf, department, group, MappingScene, saveRules } from '../support/role-mapping';
import { issueScimToken, ScimClient } from '../support/scim-client';

describe('Role mappings', () => {
  let app: TestApp;
  let the: MappingScene;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
  });

  describe('as a list', () => {
    it('are empty at first, and come back in the order they were saved in, with who vouches for them', async () => {
      const empty = await the.asAdmin.get('/v1/role-mappings').expect(200);
      expect(empty.body).toEqual({ rules: [], evaluation: 'first_match', author: null, savedAt: null });

      const rules = [
        group('ops', 'editor', { connectionId: the.scene.connection.id }),
        department('R&D', 'viewer'),
      ];
      const saved = await the.save(...rules);
      expect(saved).toMatchObject({ changed: 0, author: { memberId: the.admin.memberId } });
      const { body } = await the.asAdmin.get('/v1/role-mappings').expect(200);
      expect(body.rules).toEqual([
        { ...rules[0], approver: false },
        { ...rules[1], approver: false, connectionId: null },
      ]);
      expect(body.author).toMatchObject({ role: 'admin', removed: false });
    });

    it('are replaced as a whole, with a high-risk event that says both lists; the same list changes nothing', async () => {
      await the.save(group('a', 'editor'));
      await the.save(group('b', 'viewer', { approver: true }));
      await the.save(group('b', 'viewer', { approver: true }));
      expect(await the.events('role_mapping.updated')).toMatchObject([
        { risk: 'high', data: { before: [], after: [{ value: 'a' }] } },
        { data: { before: [{ value: 'a' }], after: [{ value: 'b', approver: true }] } },
      ]);
    });

    it.each([
      ['no list', {}],
      ['an unknown source', { rules: [{ source: 'email', value: 'x', role: 'viewer' }] }],
      ['an unknown role', { rules: [{ source: 'idp_group', value: 'x', role: 'owner' }] }],
      ['an empty value', { rules: [{ source: 'idp_group', value: ' ', role: 'viewer' }] }],
      ['a field that does not exist', { rules: [{ ...group('x', 'viewer'), workspaceId: 'y' }] }],
      ['the same group twice', { rules: [group('x', 'viewer'), group('x', 'editor')] }],
      ['the same department twice', { rules: [department('Ops', 'viewer'), department(' ops', 'editor')] }],
      ['a connection that does not exist', { rules: [group('x', 'viewer', { connectionId: randomUUID() })] }],
      ['too many', { rules: Array.from({ length: 201 }, (_, index) => group(`g${index}`, 'viewer')) }],
    ])('are refused with %s, and so is their preview', async (_, body) => {
      for (const call of [
        the.asAdmin.put('/v1/role-mappings'),
        the.asAdmin.post('/v1/role-mappings/preview'),
      ]) {
        const refusal = await call.send(body).expect(400);
        expect(refusal.body.code).toBe('validation_failed');
      }
    });

    it('know connections of their own workspace only', async () => {
      const foreign = await the.idp.scene();
      const unknown = await the.put([group('x', 'viewer', { connectionId: randomUUID() })]).expect(400);
      const theirs = await the
        .put([group('x', 'viewer', { connectionId: foreign.connection.id })])
        .expect(400);
      expect(theirs.body.errors).toEqual(unknown.body.errors);
      const ofDepartment = { ...department('x', 'viewer'), connectionId: the.scene.connection.id };
      await the.put([ofDepartment]).expect(400);
    });

    it('are for people who may set up sign-in: not for others, and not for keys', async () => {
      const editor = await app.member(the.scene.workspace, 'editor');
      await app.http(editor.accessToken).put('/v1/role-mappings').send({ rules: [] }).expect(403);
      await app.http(editor.accessToken).get('/v1/role-mappings').expect(403);
      const { body } = await the.asAdmin.post('/v1/api-keys').send({ name: 'ci', scopes: ['members:write'] });
      await app.withKey(body.key).put('/v1/role-mappings').send({ rules: [] }).expect(403);
      await app.http().get('/v1/role-mappings').expect(401);
    });
  });

  describe('at sign-in', () => {
    it('give the role of the first rule that matches, and approver by any', async () => {
      await the.save(
        group('first', 'viewer'),
        group('second', 'editor'),
        group('third', 'admin', { approver: true }),
      );
      await the.signIn('ada', ['third', 'first', 'second']);
      expect(await the.memberOf('ada')).toMatchObject({ role: 'viewer', approver: true });
      const { grants, explanation } = await the.accessOf('ada');
      expect(grants).toMatchObject([
        { kind: 'default', origin: 'sign_in', role: 'viewer', decides: false },
        {
          kind: 'rule',
          origin: 'rules',
          role: 'viewer',
          approver: true,
          decides: true,
          rule: { position: 1, value: 'first', connectionId: the.scene.connection.id },
          approverRule: { position: 3, value: 'third' },
          by: { memberId: the.admin.memberId },
        },
      ]);
      expect(explanation).toContain('rule 1 matches the provider’s group "first"');
    });

    it('say with the joining which role a rule gave, and that somebody became admin', async () => {
      await the.save(group('admins', 'admin'));
      await the.signIn('ada', ['admins']);
      const { id } = await the.memberOf('ada');
      const joined = (await the.events('workspace.member_joined')).filter((event) => event.target_id === id);
      expect(joined).toMatchObject([{ data: { role: 'admin', source: 'jit', rule: { value: 'admins' } } }]);
      expect(await the.events('auth.role_escalated')).toMatchObject([{ target_id: id, risk: 'high' }]);
      expect(await the.events('workspace.member_updated')).toEqual([]);
    });

    it('compare groups letter by letter, departments without case, and never read a name as a path', async () => {
      await the.save(group('Ops', 'admin'), group('a.b', 'editor'), department(' Research ', 'editor'));
      await the.signIn('ada', ['ops', 'OPS', ' Ops', 'a', 'b']);
      expect(await the.roleOf('ada')).toBe('viewer');
      await the.signIn('bob', ['a.b']);
      expect(await the.roleOf('bob')).toBe('editor');
      await the.signIn('eve', [], { department: 'RESEARCH' });
      expect(await the.roleOf('eve')).toBe('editor');
    });

    it.each<[string, string[] | undefined]>([
      ['an empty list', []],
      ['no list at all, as most providers say none', undefined],
    ])('follow what the provider says next time: %s takes what was known', async (_, none) => {
      await the.save(group('editors', 'editor'));
      await the.signIn('ada');
      expect(await the.accessOf('ada')).toMatchObject({ role: 'viewer', identities: [{ groups: null }] });
      await the.signIn('ada', ['editors']);
      expect(await the.roleOf('ada')).toBe('editor');
      await the.signIn('ada', none);
      expect(await the.accessOf('ada')).toMatchObject({ role: 'viewer', identities: [{ groups: [] }] });
      const { id } = await the.memberOf('ada');
      expect(await the.events('workspace.member_updated')).toMatchObject([
        {
          target_id: id,
          data: {
            before: { role: 'viewer' },
            after: { role: 'editor' },
            because: 'sign_in',
            grant: { kind: 'rule', rule: { value: 'editors' } },
          },
        },
        { data: { before: { role: 'editor' }, after: { role: 'viewer' }, grant: { kind: 'default' } } },
      ]);
    });

    it('keep what was known when there are too many groups to name, and say so once', async () => {
      await the.save(group('editors', 'editor'));
      await the.signIn('ada', ['editors', 'x']);
      await the.signIn('ada', undefined, { groupsOverage: true });
      await the.signIn('ada', ['x'], { groupsOverage: true });
      expect(await the.roleOf('ada')).toBe('editor');
      const { id } = await the.memberOf('ada');
      expect(await the.events('sso.groups_overage')).toMatchObject([
        { target_id: id, risk: 'medium', data: { subject: 'ada', connectionId: the.scene.connection.id } },
      ]);
      const { identities, explanation } = await the.accessOf('ada');
      expect(identities).toMatchObject([{ groups: ['editors', 'x'], overage: true }]);
      expect(explanation).toContain('too many groups');

      await the.signIn('ada', ['x']);
      expect(await the.roleOf('ada')).toBe('viewer');
      expect(await the.accessOf('ada')).toMatchObject({ identities: [{ groups: ['x'], overage: false }] });
      await the.signIn('ada', undefined, { groupsOverage: true });
      await the.signIn('ada');
      expect(await the.accessOf('ada')).toMatchObject({ identities: [{ groups: [], overage: false }] });
    });

    it('let go of the department that the provider named before and names no more', async () => {
      await the.save(department('Board', 'editor'));
      await the.signIn('ada', [], { department: 'Board' });
      await the.signIn('bob', []);
      expect(await the.roleOf('ada')).toBe('editor');
      await the.signIn('ada', []);
      expect(await the.roleOf('ada')).toBe('viewer');
      expect(await the.accessOf('ada')).toMatchObject({
        department: null,
        identities: [{ department: null }],
      });
      const { memberId } = (await the.accessOf('ada')) as { memberId?: string };
      const exported = await the.asAdmin.get(`/v1/members/${memberId}/export`).expect(200);
      expect(exported.body.signIns.identities).toMatchObject([{ department: null }]);
      const rules = [department('Board', 'editor')];
      const { body } = await the.asAdmin.post('/v1/role-mappings/preview').send({ rules }).expect(200);
      expect(body.changes).toEqual([]);
      await the.signIn('ada', [], { department: 'Board' });
      expect(await the.roleOf('ada')).toBe('editor');
    });

    it('count only what the named connection says, when a rule names one', async () => {
      const other = await the.idp.connect(the.scene.workspace);
      await the.save(group('editors', 'editor', { connectionId: other.id }));
      await the.signIn('ada', ['editors']);
      expect(await the.roleOf('ada')).toBe('viewer');
      const login = loginOf('ada', `ada@${the.scene.domain}`, { groups: ['editors'] });
      await the.idp.signIn({ connection: other }, login);
      expect(await the.roleOf('ada')).toBe('editor');
    });

    it('never lower what an admin gave by hand, nor raise whom an admin held down', async () => {
      await the.save(group('viewers', 'viewer'), group('admins', 'admin'));
      const bob = await app.member(the.scene.workspace, 'editor', { email: `bob@${the.scene.domain}` });
      await the.signIn('bob', ['viewers']);
      expect(await the.roleOf('bob')).toBe('editor');

      await the.asAdmin.patch(`/v1/members/${bob.memberId}`).send({ role: 'viewer' }).expect(200);
      await the.signIn('bob', ['admins']);
      expect(await the.roleOf('bob')).toBe('viewer');
      const { grants, explanation } = await the.accessOf('bob');
      expect(grants.map(({ origin, role, decides }) => ({ origin, role, decides }))).toEqual(
        expect.arrayContaining([
          { origin: 'invitation', role: 'editor', decides: false },
          { origin: 'rules', role: 'admin', decides: false },
          { origin: 'override', role: 'viewer', decides: true },
        ]),
      );
      expect(explanation).toContain('set it by hand');

      await the.asAdmin.delete(`/v1/members/${bob.memberId}/access/override`).expect(204);
      expect(await the.roleOf('bob')).toBe('admin');
      expect((await the.events('workspace.member_updated')).at(-1)).toMatchObject({
        actor_id: the.admin.userId,
        data: { before: { role: 'viewer' }, after: { role: 'admin' }, because: 'override_lifted' },
      });
      expect((await the.events('auth.role_escalated')).at(-1)).toMatchObject({ target_id: bob.memberId });
      const count = (await the.events('workspace.member_updated')).length;
      await the.asAdmin.delete(`/v1/members/${bob.memberId}/access/override`).expect(204);
      expect(await the.events('workspace.member_updated')).toHaveLength(count);
    });

    it('leave the role to the rules when only the group approvers was changed by hand', async () => {
      await the.save(group('editors', 'editor'));
      await the.signIn('ada', []);
      const { id } = await the.memberOf('ada');
      await the.asAdmin.patch(`/v1/members/${id}`).send({ approver: true }).expect(200);
      await the.signIn('ada', ['editors']);
      expect(await the.memberOf('ada')).toMatchObject({ role: 'editor', approver: true });
    });
  });

  describe('and the last admin', () => {
    async function adminByRuleOnly(): Promise<void> {
      await the.save(group('admins', 'admin'));
      await the.signIn('ada', ['admins']);
      await the.signIn('bob', ['admins']);
    }

    it('cannot be mapped away by signing in: the role stays and the record says so', async () => {
      await the.save(group('admins', 'admin'));
      await the.signIn('ada', ['admins']);
      const ada = await the.memberOf('ada');
      // Nobody who is out could set anything right.
      const { memberId } = await app.member(the.scene.workspace, 'admin');
      await the.asAdmin.delete(`/v1/members/${memberId}`).expect(204);
      await the.unseatFounder();
      await the.signIn('ada', []);
      expect(await the.roleOf('ada')).toBe('admin');
      expect(await the.events('sso.role_sync_held')).toMatchObject([
        { target_id: ada.id, risk: 'high', data: { reason: 'last_admin', kept: 'admin', wanted: 'viewer' } },
      ]);
      const [successes] = await app.sql<{ count: string }>(
        `select count(*) from audit_events where workspace_id = $1 and type = 'sso.login_succeeded'`,
        [the.scene.workspace.id],
      );
      expect(successes!.count).toBe('2');
    });

    it('lets go of an admin who was only held as soon as there is another one', async () => {
      await adminByRuleOnly();
      const [ada, bob] = [await the.memberOf('ada'), await the.memberOf('bob')];
      await the.unseatFounder();
      await the.signIn('bob', []);
      await the.signIn('ada', []);
      expect([await the.roleOf('ada'), await the.roleOf('bob')].sort()).toEqual(['admin', 'viewer']);
      expect(await accessOf(app, await adminNow(ada.user_id), ada.id)).toMatchObject({ held: true });
      const asAda = app.http((await adminNow(ada.user_id)).accessToken);
      await asAda.patch(`/v1/members/${bob.id}`).send({ role: 'admin' }).expect(200);
      expect([await the.roleOf('ada'), await the.roleOf('bob')]).toEqual(['viewer', 'admin']);
    });

    it('stays when whoever saved the rules falls: nobody is left without an admin', async () => {
      await adminByRuleOnly();
      await the.asAdmin.patch(`/v1/members/${the.admin.memberId}`).send({ role: 'editor' }).expect(200);
      expect([await the.roleOf('ada'), await the.roleOf('bob')]).toEqual(['admin', 'admin']);
      expect(await the.events('sso.role_sync_held')).toMatchObject([
        { data: { because: 'author_changed', wanted: 'editor' } },
        { data: { because: 'author_changed', wanted: 'editor' } },
      ]);
    });

    async function adminNow(userId: string) {
      const [user] = await app.sql<{ email: string }>('select email from users where id = $1', [userId]);
      const hash = await app.app.get(PasswordHasher).hash(PASSWORD);
      await app.sql('update users set password_hash = $2 where id = $1', [userId, hash]);
      return app.signIn(user!.email, the.scene.workspace.slug);
    }
  });

  describe('and their author', () => {
    it('give nobody more than the author holds now, and take it when the author falls', async () => {
      const second = await app.member(the.scene.workspace, 'admin');
      await saveRules(app, second, [group('admins', 'admin')]);
      await the.signIn('ada', ['admins']);
      expect(await the.roleOf('ada')).toBe('admin');

      await the.asAdmin.patch(`/v1/members/${second.memberId}`).send({ role: 'editor' }).expect(200);
      expect(await the.roleOf('ada')).toBe('editor');
      await the.signIn('bob', ['admins']);
      expect(await the.roleOf('bob')).toBe('editor');
      expect((await the.accessOf('bob')).explanation).toContain(`${second.email} who saved it is editor`);
      const { body } = await the.asAdmin.get('/v1/role-mappings').expect(200);
      expect(body.author).toMatchObject({ memberId: second.memberId, role: 'editor' });

      await the.asAdmin.delete(`/v1/members/${second.memberId}`).expect(204);
      expect(await the.roleOf('ada')).toBe('viewer');
      expect((await the.accessOf('ada')).explanation).toContain('has left');
      await the.signIn('eve', ['admins']);
      expect(await the.roleOf('eve')).toBe('viewer');

      await the.asAdmin.post(`/v1/members/${second.memberId}/restore`).expect(200);
      expect(await the.roleOf('ada')).toBe('editor');

      // Whoever saves the same list again vouches for it from then on.
      await the.save(group('admins', 'admin'));
      expect(await Promise.all(['ada', 'bob', 'eve'].map((who) => the.roleOf(who)))).toEqual([
        'admin',
        'admin',
        'admin',
      ]);
    });
  });

  describe('when saved', () => {
    it('bring every member in line at once, by what was last known, whichever way they came in', async () => {
      await the.signIn('ada', ['ops', 'all']);
      await the.signIn('bob', ['all']);
      const scim = new ScimClient(app, (await issueScimToken(app, the.admin)).token);
      const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
      await scim.create({ userName: `eve@${the.scene.domain}`, [ENTERPRISE]: { department: 'Sales' } });

      const saved = await the.save(
        group('ops', 'admin'),
        department('sales', 'editor'),
        group('all', 'editor'),
      );
      expect(saved).toMatchObject({ changed: 3 });
      expect(await Promise.all(['ada', 'bob', 'eve'].map((who) => the.roleOf(who)))).toEqual([
        'admin',
        'editor',
        'editor',
      ]);
      expect(await the.events('workspace.member_updated')).toHaveLength(3);
      expect(await the.events('auth.role_escalated')).toHaveLength(1);
      expect((await the.events('role_mapping.updated'))[0]!.data).toMatchObject({ changed: 3 });

      expect(await the.save()).toMatchObject({ changed: 3, rules: [] });
      expect(await Promise.all(['ada', 'bob', 'eve'].map((who) => the.roleOf(who)))).toEqual([
        'viewer',
        'viewer',
        'viewer',
      ]);
      expect(
        await app.sql(`select 1 from member_grants where workspace_id = $1 and origin = 'rules'`, [
          the.scene.workspace.id,
        ]),
      ).toEqual([]);
    });

    it('follow a directory: another department is another role in the same transaction', async () => {
      await the.save(department('Sales', 'editor'));
      const scim = new ScimClient(app, (await issueScimToken(app, the.admin)).token);
      const path = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department';
      const { id } = await scim.create({ userName: `eve@${the.scene.domain}` });
      expect(await the.roleOf('eve')).toBe('viewer');
      await scim.patch(`/Users/${id}`, { op: 'add', path, value: 'sales' }).expect(200);
      expect(await the.roleOf('eve')).toBe('editor');
      const [update] = await the.events('workspace.member_updated');
      const [said] = await the.events('scim.user_updated');
      expect(update).toMatchObject({ actor_type: 'scim', xid: said!.xid, data: { because: 'directory' } });
      await scim.patch(`/Users/${id}`, { op: 'remove', path }).expect(200);
      expect(await the.roleOf('eve')).toBe('viewer');
    });

    it('judge the users of a directory at their creation', async () => {
      await the.save(department('Sales', 'editor'));
      const scim = new ScimClient(app, (await issueScimToken(app, the.admin)).token);
      const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
      await scim.create({ userName: `eve@${the.scene.domain}`, [ENTERPRISE]: { department: 'Sales' } });
      const { id } = await the.memberOf('eve');
      const joined = (await the.events('workspace.member_joined')).find(({ target_id }) => target_id === id);
      expect(joined).toMatchObject({ data: { role: 'editor', source: 'scim' } });
      expect(await the.events('workspace.member_updated')).toEqual([]);
    });

    it('are the same for whoever comes in at the same moment', async () => {
      const arrivals = Array.from({ length: 8 }, (_, index) => the.signIn(`u${index}`, ['ops']));
      await Promise.all([...arrivals, the.save(group('ops', 'editor'))]);
      const roles = await app.sql<{ role: string }>(
        `select distinct role from members where workspace_id = $1 and source = 'jit'`,
        [the.scene.workspace.id],
      );
      expect(roles).toEqual([{ role: 'editor' }]);
    });
  });
});
