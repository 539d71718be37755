import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app';
import { FederatedSignIn, loginOf, refused } from '../support/federated-sign-in';

describe('A person whom an identity provider names', () => {
  let app: TestApp;
  let idp: FederatedSignIn;

  beforeAll(async () => {
    app = await startApp();
    idp = new FederatedSignIn(app);
  });
  afterAll(() => app?.close());

  const membersAt = (email: string) =>
    app.sql<{ workspace_id: string; user_id: string; role: string; source: string }>(
      'select workspace_id, user_id, role, source from members where email = $1',
      [email],
    );

  describe('for the first time', () => {
    it('makes a user and a member with the role viewer, once', async () => {
      const { connection, domain, workspace } = await idp.scene();
      const email = `ada@${domain}`;
      const login = loginOf('ada', `Ada@${domain.toUpperCase()}`, {
        givenName: 'Ada',
        familyName: 'Lovelace',
      });
      await idp.signIn({ connection }, login);
      await idp.signIn({ connection }, login);

      const [member] = await app.sql(
        `select m.role, m.source, m.user_name, m.display_name, m.given_name, u.email, u.email_claimed, u.password_hash
           from members m join users u on u.id = m.user_id where m.email = $1`,
        [email],
      );
      expect(member).toEqual({
        role: 'viewer',
        source: 'jit',
        user_name: email,
        display_name: 'Ada Lovelace',
        given_name: 'Ada',
        email,
        email_claimed: true,
        password_hash: null,
      });
      const events = (await app.auditEvents(workspace.id)).filter(({ actor_email }) => actor_email === email);
      expect(events.map(({ type }) => type)).toEqual([
        'workspace.member_joined',
        'sso.identity_linked',
        'sso.login_succeeded',
        'auth.login_succeeded',
        'sso.login_succeeded',
        'auth.login_succeeded',
      ]);
      expect(events[0]).toMatchObject({ data: { role: 'viewer', source: 'jit' }, target_type: 'member' });
      const successes = events.filter(({ type }) => type === 'sso.login_succeeded');
      expect(successes.map(({ data }) => data.jit)).toEqual([true, false]);
      expect(successes[0]).toMatchObject({
        target_id: connection.id,
        data: { connectionId: connection.id, method: 'oidc', amr: ['mfa'] },
      });
      expect(new Set(events.slice(0, 4).map(({ xid }) => xid)).size).toBe(1);
    });

    it('has it on record when there are too many groups to name from the beginning', async () => {
      const { connection, domain, workspace } = await idp.scene();
      await idp.signIn({ connection }, loginOf('ada', `ada@${domain}`, { groupsOverage: true }));
      expect(await app.auditEvents(workspace.id, 'sso.groups_overage')).toMatchObject([
        { actor_type: 'system', data: { subject: 'ada', connectionId: connection.id } },
      ]);
    });

    it('makes one user and one member of twenty first sign-ins at once', async () => {
      const { connection, domain, workspace } = await idp.scene();
      const second = await idp.connect(workspace);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          idp.signIn(
            { connection: index % 2 ? connection : second },
            loginOf(`ada-${index % 4}`, `ada@${domain}`),
          ),
        ),
      );
      expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(await membersAt(`ada@${domain}`)).toHaveLength(1);
      expect(await app.sql('select id from users where email = $1', [`ada@${domain}`])).toHaveLength(1);
      expect((await app.auditEvents(workspace.id, 'workspace.member_joined')).length).toBe(2);
    });

    it('takes the role from the policy, and follows it when it says no', async () => {
      const { connection, domain, workspace } = await idp.scene();
      const policy = (jit: object) =>
        app
          .http(workspace.admin.accessToken)
          .patch('/v1/workspace/policy')
          .send({ sso: { jit } })
          .expect(200);
      await policy({ defaultRole: 'editor' });
      await idp.signIn({ connection }, loginOf('ada', `ada@${domain}`));
      expect(await membersAt(`ada@${domain}`)).toMatchObject([{ role: 'editor' }]);

      await policy({ enabled: false });
      await expect(idp.signIn({ connection }, loginOf('bob', `bob@${domain}`))).rejects.toEqual(
        refused('jit_disabled', 403),
      );
      expect(await membersAt(`bob@${domain}`)).toEqual([]);
      await idp.signIn({ connection }, loginOf('ada', `ada@${domain}`));
    });

    it.each([
      ['no address', undefined, 'email_missing'],
      ['an empty one', ' ', 'email_missing'],
      ['what is no address', 'ada', 'email_invalid'],
      ['two addresses in one', 'a@b.example@DOMAIN', 'email_invalid'],
      ['a quoted local part', '"a@b.example"@DOMAIN', 'email_invalid'],
      ['another script', 'ädä@DOMAIN', 'email_invalid'],
      ['somebody else’s domain', 'ada@elsewhere.example', 'email_domain_not_verified'],
      ['a domain below the own one', 'ada@sub.DOMAIN', 'email_domain_not_verified'],
      ['a domain that ends alike', 'ada@evil-DOMAIN', 'email_domain_not_verified'],
    ])('refuses %s', async (_, email, code) => {
      const { connection, domain } = await idp.scene();
      const login = loginOf(randomUUID(), email?.replace('DOMAIN', domain));
      await expect(idp.signIn({ connection }, login)).rejects.toEqual(refused(code, 403));
      expect(await app.sql('select id from identities where subject = $1', [login.subject])).toEqual([]);
    });

    it('refuses a subject that cannot be kept, and clips names that nobody has', async () => {
      const { connection, domain } = await idp.scene();
      for (const subject of ['', ' ', 'é'.repeat(600)]) {
        const login = loginOf(subject, `ada@${domain}`);
        await expect(idp.signIn({ connection }, login)).rejects.toEqual(refused('subject_invalid', 403));
      }
      const longest = loginOf('é'.repeat(512), `ada@${domain}`, { displayName: 'x'.repeat(100_000) });
      await idp.signIn({ connection }, longest);
      const [row] = await app.sql('select length(display_name) as length from members where email = $1', [
        `ada@${domain}`,
      ]);
      expect(row).toEqual({ length: 256 });
    });

    it('never reaches a person of another workspace’s domain', async () => {
      const [acme, globex] = [await idp.scene(), await idp.scene()];
      await idp.signIn(acme, loginOf('ada', `ada@${acme.domain}`));
      await expect(idp.signIn(globex, loginOf('evil', `ada@${acme.domain}`))).rejects.toEqual(
        refused('email_domain_not_verified'),
      );
      expect(await membersAt(`ada@${acme.domain}`)).toHaveLength(1);
    });
  });

  describe('whom the workspace knows', () => {
    it('links the member who has the address, and keeps role and source', async () => {
      const { connection, domain, workspace } = await idp.scene();
      const bob = await app.member(workspace, 'editor', { email: `bob@${domain}` });
      await idp.signIn({ connection }, loginOf('bob', `BOB@${domain}`));
      expect(await membersAt(bob.email)).toEqual([
        { workspace_id: workspace.id, user_id: bob.userId, role: 'editor', source: 'invitation' },
      ]);
      expect(await app.auditEvents(workspace.id, 'sso.identity_linked')).toMatchObject([
        { risk: 'medium', target_id: bob.memberId, actor_id: bob.userId, data: { subject: 'bob' } },
      ]);
    });

    it('brings a person with an account elsewhere in as the same user', async () => {
      const { connection, domain, workspace } = await idp.scene();
      const bob = await app.member(await app.workspace(), 'admin', { email: `bob@${domain}` });
      await idp.signIn({ connection }, loginOf('bob', bob.email));
      const [here] = (await membersAt(bob.email)).filter((member) => member.workspace_id === workspace.id);
      expect(here).toMatchObject({ user_id: bob.userId, role: 'viewer', source: 'jit' });
    });

    it('knows them by subject, whatever becomes of the address and its domain', async () => {
      const { connection, domain, workspace } = await idp.scene();
      await idp.signIn({ connection }, loginOf('ada', `ada@${domain}`));
      const [before] = await membersAt(`ada@${domain}`);
      await app.sql('delete from domains where workspace_id = $1', [workspace.id]);
      for (const email of ['ada.new@elsewhere.example', undefined, 'nonsense']) {
        await idp.signIn({ connection }, loginOf('ada', email));
      }
      expect(await membersAt(`ada@${domain}`)).toEqual([before]);
      expect(await app.sql('select id from members where workspace_id = $1', [workspace.id])).toHaveLength(2);
    });

    it('keeps the account when the subject changes, and marks that as worth a look', async () => {
      const { connection, domain, workspace } = await idp.scene();
      await idp.signIn({ connection }, loginOf('ada@old', `ada@${domain}`));
      await idp.signIn({ connection }, loginOf('ada@new', `ada@${domain}`));
      expect(await membersAt(`ada@${domain}`)).toHaveLength(1);
      expect(await app.auditEvents(workspace.id, 'sso.identity_linked')).toMatchObject([
        { risk: 'medium', data: { subject: 'ada@old', otherSubjects: [] } },
        { risk: 'high', data: { subject: 'ada@new', otherSubjects: ['ada@old'] } },
      ]);
    });

    it('tells subjects of two issuers and of two connections apart', async () => {
      const { connection, domain, workspace } = await idp.scene();
      await idp.signIn({ connection }, loginOf('1', `ada@${domain}`));
      await idp.signIn({ connection }, loginOf('1', `bob@${domain}`, { issuer: 'https://other.example' }));
      await idp.signIn({ connection: await idp.connect(workspace) }, loginOf('1', `eve@${domain}`));
      const members = await app.sql('select 1 from members where workspace_id = $1', [workspace.id]);
      expect(members).toHaveLength(4);
    });

    it('asks about somebody by the beginning of a name that is very long', async () => {
      const { connection, workspace } = await idp.scene();
      const { email } = await app.member(workspace, 'viewer', { email: `${randomUUID()}@home.test` });
      const displayName = 'Grace '.repeat(50);
      await expect(idp.signIn({ connection }, loginOf('1', email, { displayName }))).rejects.toEqual(
        refused('account_conflict', 403),
      );
      const { body } = await app.http(workspace.admin.accessToken).get('/v1/sso/conflicts').expect(200);
      expect(body.data).toMatchObject([{ email, displayName: displayName.slice(0, 256) }]);
    });

    it('asks about somebody at each connection by itself: one question does not answer the other', async () => {
      const { connection, workspace } = await idp.scene();
      const other = await idp.connect(workspace);
      const admin = app.http(workspace.admin.accessToken);
      const asked: string[] = [];
      for (const at of [connection, other]) {
        const { email, memberId } = await app.member(workspace, 'viewer', {
          email: `${randomUUID()}@home.test`,
        });
        await expect(idp.signIn({ connection: at }, loginOf('1', email))).rejects.toEqual(
          refused('account_conflict', 403),
        );
        asked.push(memberId);
      }
      const page = async (query: object) =>
        (
          await admin
            .get('/v1/sso/conflicts')
            .query({ limit: 1, ...query })
            .expect(200)
        ).body as {
          data: { memberId: string; connectionId: string }[];
          nextCursor: string;
        };
      const first = await page({});
      const second = await page({ cursor: first.nextCursor });
      expect([first, second].map(({ data }) => data)).toMatchObject([
        [{ memberId: asked[0], connectionId: connection.id }],
        [{ memberId: asked[1], connectionId: other.id }],
      ]);
      expect(second.nextCursor).toBeNull();
    });

    it('refuses whoever was removed, by subject and by address, until they are restored', async () => {
      const { connection, domain, workspace } = await idp.scene();
      const ada = loginOf('ada', `ada@${domain}`);
      await idp.signIn({ connection }, ada);
      const admin = app.http(workspace.admin.accessToken);
      const { body } = await admin.get('/v1/members').expect(200);
      const { id } = (body.data as { id: string; email: string }[]).find(({ email }) => email === ada.email)!;
      await admin.delete(`/v1/members/${id}`).expect(204);
      for (const login of [ada, loginOf('somebody else', ada.email)]) {
        await expect(idp.signIn({ connection }, login)).rejects.toEqual(refused('member_removed', 403));
      }
      await admin.post(`/v1/members/${id}/restore`).expect(({ status }) => expect(status).toBeLessThan(300));
      await idp.signIn({ connection }, ada);
    });

    it('is on record when it fails, under the code that was shown', async () => {
      const { connection, workspace } = await idp.scene();
      const failure = { code: 'email_missing', reason: 'none came', subject: 'ada', email: 'ada@x.example' };
      await idp.browser.refuse(connection, failure);
      expect(await app.auditEvents(workspace.id, 'sso.login_failed')).toMatchObject([
        {
          risk: 'medium',
          actor_id: null,
          actor_email: 'ada@x.example',
          target_type: 'sso_connection',
          target_id: connection.id,
          data: { ...failure, connectionId: connection.id, method: 'oidc' },
        },
      ]);
    });
  });
});
