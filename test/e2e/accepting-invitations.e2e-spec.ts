import { domainToASCII } from 'node:url';
import { MailDelivery } from '../../src/mail/queue/mail-delivery.service';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { enforceSso } from '../support/enforcement';
import { ownDomain } from '../support/oidc-sign-in';
import { mailsTo as mailsIn, type SentMail } from '../support/outbox';
import { rounds } from '../support/rounds';
import { ScimClient } from '../support/scim-client';

describe('An invitation', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let count = 0;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({ PUBLIC_URL: service.baseUrl }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const someone = (): string => `invited-${(count += 1)}@elsewhere.test`;
  const mailsTo = (address: string): SentMail[] => mailsIn(service, address);
  const tokenTo = (address: string): string =>
    new URL(/https?:\S+/.exec(mailsTo(address).at(-1)!.text)![0]).searchParams.get('token')!;
  const invite = async (email: string, terms: object = {}) => {
    const { body } = await admin
      .post('/v1/invitations')
      .send({ email, role: 'viewer', ...terms })
      .expect(201);
    return body as { id: string };
  };
  const accept = (body: object, app = service) => app.http().post('/v1/invitations/accept').send(body);

  it('works once: of thirty who accept at the same time, on two instances, one succeeds', async () => {
    const other = await service.workspace();
    for (let round = 0; round < rounds({ always: 1, nightly: 50 }); round += 1) {
      const { email } = await service.member(other, 'viewer');
      await invite(email);
      const token = tokenTo(email);
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => accept({ token }, index % 2 ? service : second)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status, body } of answers) {
        if (status !== 200) expect(body.code).toBe('invitation_accepted');
      }
      const rows = await service.sql('select id from members where workspace_id = $1 and email = $2', [
        workspace.id,
        email,
      ]);
      expect(rows).toHaveLength(1);
      const again = await accept({ token }).expect(409);
      expect(again.body.code).toBe('invitation_accepted');
    }
    const joined = await service.auditEvents(workspace.id, 'workspace.member_joined');
    expect(joined.filter(({ data }) => data.source === 'invitation')).toHaveLength(
      rounds({ always: 1, nightly: 50 }),
    );
  });

  it('is made once per address, however many ask for it at the same moment', async () => {
    for (let round = 0; round < rounds({ always: 1, nightly: 30 }); round += 1) {
      const email = someone();
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          (index % 2 ? service : second)
            .http(workspace.admin.accessToken)
            .post('/v1/invitations')
            .send({ email, role: 'viewer' }),
        ),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      for (const { status, body } of answers) {
        if (status !== 201) expect(body.code).toBe('already_invited');
      }
      expect(mailsTo(email)).toHaveLength(1);
    }
  });

  it('is bound to its address: whoever is signed in as somebody else is told so', async () => {
    const email = someone();
    await invite(email);
    const token = tokenTo(email);
    const stranger = await service.member(await service.workspace(), 'viewer');
    const refused = await service
      .http(stranger.accessToken)
      .post('/v1/invitations/accept')
      .send({ token, password: PASSWORD })
      .expect(409);
    expect(refused.body).toMatchObject({
      code: 'signed_in_as_other',
      detail: expect.stringContaining(email),
    });
    expect(refused.body.detail).toContain(stranger.email);
    const page = await service
      .http(stranger.accessToken)
      .get('/invitation')
      .query({ token })
      .set('accept', 'text/html')
      .expect(409);
    expect(page.text).toContain('signed_in_as_other');
    // A credential that is no good says nothing about who is asking.
    await service
      .http('ey.not.good')
      .post('/v1/invitations/accept')
      .send({ token, password: PASSWORD })
      .expect(200);

    await invite(stranger.email);
    await service
      .http(stranger.accessToken)
      .post('/v1/invitations/accept')
      .send({ token: tokenTo(stranger.email) })
      .expect(200);

    // The same person, whatever their own workspace calls them.
    const renamed = await service.member(await service.workspace(), 'viewer');
    await service.sql(`update members set email = 'other.' || email where id = $1`, [renamed.memberId]);
    await invite(renamed.email);
    await service
      .http(renamed.accessToken)
      .post('/v1/invitations/accept')
      .send({ token: tokenTo(renamed.email) })
      .expect(200);
  });

  it('to an address of a domain in another script is one with what DNS and identity providers write', async () => {
    const typed = `Ada@bücher-${workspace.slug}.test`;
    const kept = `ada@${domainToASCII(`bücher-${workspace.slug}.test`)}`;
    await invite(typed);
    const again = await admin.post('/v1/invitations').send({ email: kept, role: 'viewer' }).expect(409);
    expect(again.body.code).toBe('already_invited');
    const { body } = await accept({ token: tokenTo(kept), password: PASSWORD }).expect(200);
    expect(body.member.email).toBe(kept);
    for (const email of [typed, kept])
      await service.http().post('/v1/auth/login').send({ email, password: PASSWORD }).expect(200);
  });

  it('names no connection to an address of another domain that may have a password', async () => {
    const email = someone();
    await invite(email);
    await service.sql(
      `insert into sso_connections (workspace_id, type, name, provider, status)
       values ($1, 'oidc', 'Acme Internal', 'generic', 'active')`,
      [workspace.id],
    );
    const { text } = await service
      .http()
      .get('/invitation')
      .query({ token: tokenTo(email) })
      .expect(200);
    expect(text).toContain('name="password"');
    expect(text).not.toContain('Acme Internal');
    // Whoever proves that domain elsewhere changes nothing here.
    await ownDomain(service, await service.workspace(), 'elsewhere.test');
    const again = await service
      .http()
      .get('/invitation')
      .query({ token: tokenTo(email) });
    expect(again.text).toContain('name="password"');
  });

  it('names no connection that lets nobody in yet', async () => {
    const email = `ada@${workspace.slug}.test`;
    await invite(email);
    await ownDomain(service, workspace, `${workspace.slug}.test`);
    await service.sql(
      `insert into sso_connections (workspace_id, type, name, provider, status)
       values ($1, 'oidc', 'Acme Draft', 'generic', 'draft')`,
      [workspace.id],
    );
    expect((await accept({ token: tokenTo(email) }).expect(400)).body.code).toBe('validation_failed');
  });

  it('takes a short password where it stands beside a second factor only', async () => {
    await service.sql(`update workspace_policies set mfa_required = 'admins' where workspace_id = $1`, [
      workspace.id,
    ]);
    const [viewer, other] = [someone(), someone()];
    const password = PASSWORD.slice(0, 10);
    await invite(viewer);
    const refused = await accept({ token: tokenTo(viewer), password }).expect(400);
    expect(refused.body.code).toBe('password_too_short');
    await invite(other, { role: 'admin' });
    await accept({ token: tokenTo(other), password }).expect(200);
  });

  it('is good for a week more when it is sent again, and is not sent again once it was accepted', async () => {
    const email = someone();
    const { id } = await invite(email);
    await service.sql(`update invitations set expires_at = now() where id = $1`, [id]);
    await admin.post(`/v1/invitations/${id}/resend`).expect(200);
    await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
    const { body } = await admin.post(`/v1/invitations/${id}/resend`).expect(409);
    expect(body.code).toBe('invitation_closed');
  });

  it('gives a role that lasts whatever a directory says, by whoever sent it', async () => {
    const email = someone();
    await invite(email, { role: 'editor' });
    const { body } = await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
    const shown = await admin.get(`/v1/members/${body.member.id}/access`).expect(200);
    const by = expect.objectContaining({ memberId: workspace.admin.memberId });
    expect(shown.body.grants).toEqual([
      expect.objectContaining({ kind: 'manual', origin: 'invitation', role: 'editor', by }),
    ]);
  });

  it('was sent, and stays so on the list once it is accepted or revoked', async () => {
    const [accepted, revoked] = [someone(), someone()];
    await invite(accepted);
    const { id } = await invite(revoked);
    await accept({ token: tokenTo(accepted), password: PASSWORD }).expect(200);
    await admin.delete(`/v1/invitations/${id}`).expect(204);
    const { body } = await admin.get('/v1/invitations').expect(200);
    expect(body.data).toMatchObject([
      { status: 'revoked', mailStatus: 'sent' },
      { status: 'accepted', mailStatus: 'sent' },
    ]);
  });

  it('to a workspace that enforces single sign-on takes no password and says where to sign in', async () => {
    const email = someone();
    await invite(email);
    const token = tokenTo(email);
    const known = await service.member(await service.workspace(), 'viewer');
    await invite(known.email);
    await enforceSso(service, workspace);
    const [connection] = await service.sql<{ id: string; type: string }>(
      'select id, type from sso_connections where workspace_id = $1',
      [workspace.id],
    );
    const refused = await accept({ token, password: PASSWORD }).expect(403);
    expect(refused.body.code).toBe('sso_required');
    const page = await service.http().get('/invitation').query({ token }).expect(200);
    expect(page.text).not.toContain('name="password"');
    const { body } = await accept({ token }).expect(200);
    expect(body.signIn).toEqual({
      method: 'sso',
      loginUrl: `${service.baseUrl}/sso/${connection!.type}/${connection!.id}/login`,
    });
    const [user] = await service.sql('select password_hash from users where id = $1', [body.member.userId]);
    expect(user).toEqual({ password_hash: null });

    // A password that opens other workspaces does not open this one.
    const accepted = await accept({ token: tokenTo(known.email) }).expect(200);
    expect(accepted.body.signIn).toEqual(body.signIn);
  });

  describe('to an address that a directory provisions meanwhile', () => {
    const provision = async (email: string, role = 'viewer'): Promise<string> => {
      const { body } = await admin.post('/v1/scim/tokens').send({ name: role }).expect(201);
      const { id } = await new ScimClient(service, body.token as string).create({ userName: email });
      return id;
    };

    it('makes that member the person who proves the address, with the higher of both roles', async () => {
      const email = someone();
      const { id } = await invite(email, { role: 'editor' });
      const token = tokenTo(email);
      const memberId = await provision(email);
      const { body } = await accept({ token, password: PASSWORD }).expect(200);
      expect(body.member).toMatchObject({ id: memberId, role: 'editor' });
      expect((await service.signIn(email, workspace.slug)).memberId).toBe(memberId);
      const joined = await service.auditEvents(workspace.id, 'workspace.member_joined');
      expect(joined.at(-1)).toMatchObject({ target_id: memberId, data: { adopted: true, invitationId: id } });
    });

    it('is refused when that member is somebody who has proved another address', async () => {
      const email = someone();
      await invite(email, { role: 'editor' });
      const [victim] = await service.sql<{ id: string; user_id: string }>(
        `with u as (insert into users (email, email_claimed) values ($2, true) returning id)
         insert into members (workspace_id, user_id, email, user_name, role, source)
         select $1, id, $3, $3, 'admin', 'scim' from u returning id, user_id`,
        [workspace.id, someone(), email],
      );
      const { body } = await accept({ token: tokenTo(email), password: PASSWORD }).expect(409);
      expect(body.code).toBe('already_member');
      expect(await service.sql('select user_id from members where id = $1', [victim!.id])).toEqual([
        { user_id: victim!.user_id },
      ]);
    });

    it('is refused when somebody has come in as that member by another way', async () => {
      const email = someone();
      await invite(email, { role: 'editor' });
      const memberId = await provision(email);
      await service.sql(
        `insert into sessions (workspace_id, member_id, method, authenticated_at, idle_seconds, expires_at)
         values ($1, $2, 'saml', now(), 60, now() + interval '1 hour')`,
        [workspace.id, memberId],
      );
      const { body } = await accept({ token: tokenTo(email), password: PASSWORD }).expect(409);
      expect(body.code).toBe('already_member');
    });

    it('is refused when that member can sign in already, and stays as it was', async () => {
      const other = await service.workspace();
      const { email } = await service.member(other, 'viewer');
      await invite(email);
      const token = tokenTo(email);
      await service.sql(
        `insert into members (workspace_id, user_id, email, user_name, source)
         select $1, u.id, u.email, u.email, 'scim' from users u where u.email = $2`,
        [workspace.id, email],
      );
      expect((await accept({ token }).expect(409)).body.code).toBe('already_member');
      expect(
        (await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(409)).body.code,
      ).toBe('already_member');
    });
  });

  describe('for many at once', () => {
    const bulk = (invitations: unknown) => admin.post('/v1/invitations/bulk').send({ invitations });

    it('answers for each row by itself', async () => {
      const [first, second] = [someone(), someone()];
      const member = await service.member(workspace, 'viewer');
      const { body } = await bulk([
        { email: first, role: 'viewer' },
        { email: ` ${second.toUpperCase()}`, role: 'admin', approver: true },
        { email: first, role: 'editor' },
        { email: member.email, role: 'viewer' },
        { email: 'nobody', role: 'viewer' },
        { email: someone(), role: 'owner' },
        { email: someone(), role: 'viewer', token: 'x' },
        {},
      ]).expect(200);
      expect(body).toMatchObject({ invited: 2, refused: 6, delivery: 'outbox' });
      expect(
        body.results.map(({ outcome, code }: { outcome: string; code: string }) => code ?? outcome),
      ).toEqual([
        'invited',
        'invited',
        'already_invited',
        'already_member',
        'validation_failed',
        'validation_failed',
        'validation_failed',
        'validation_failed',
      ]);
      expect(body.results[1]).toEqual({
        ...{ index: 1, email: second, outcome: 'invited', id: expect.any(String), code: null, detail: null },
      });
      expect(body.results[5].detail).toContain('role');
      expect(await service.auditEvents(workspace.id, 'workspace.member_invited')).toHaveLength(2);
      for (const email of [first, second])
        await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
    });

    it('may be sent again after a failure: nobody is invited twice', async () => {
      const rows = Array.from({ length: 60 }, () => ({ email: someone(), role: 'viewer' }));
      expect((await bulk(rows.slice(0, 30)).expect(200)).body).toMatchObject({ invited: 30, refused: 0 });
      expect((await bulk(rows).expect(200)).body).toMatchObject({ invited: 30, refused: 30 });
      expect((await bulk(rows).expect(200)).body).toMatchObject({ invited: 0, refused: 60 });
      await service.app.get(MailDelivery, { strict: false }).settled();
      for (const { email } of rows) expect(mailsTo(email)).toHaveLength(1);
    });

    it('gives no role above that of who asks', async () => {
      const { body } = await admin
        .post('/v1/api-keys')
        .send({ name: 'hr', scopes: ['members:write'] })
        .expect(201);
      const answer = await service
        .withKey(body.key)
        .post('/v1/invitations/bulk')
        .send({
          invitations: [
            { email: someone(), role: 'admin' },
            { email: someone(), role: 'editor' },
          ],
        })
        .expect(200);
      expect(answer.body.results.map(({ code }: { code: string | null }) => code)).toEqual([
        'role_above_own',
        null,
      ]);
    });

    it.each([[[]], [undefined], ['x'], [['x']], [Array.from({ length: 201 }, () => ({}))]])(
      'is not %j',
      async (rows) => {
        expect((await bulk(rows).expect(400)).body.code).toBe('validation_failed');
      },
    );
  });
});
