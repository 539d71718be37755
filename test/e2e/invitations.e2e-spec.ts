import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';

interface SentMail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

describe('An invitation', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let count = 0;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const someone = (): string => `invited-${(count += 1)}@elsewhere.test`;
  const mailsTo = (address: string): SentMail[] => {
    const outbox = join(service.dataDir, 'outbox');
    return readdirSync(outbox)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => JSON.parse(readFileSync(join(outbox, name), 'utf8')) as SentMail)
      .filter(({ to }) => to === address);
  };
  const tokenTo = (address: string): string =>
    new URL(/https?:\S+/.exec(mailsTo(address).at(-1)!.text)![0]).searchParams.get('token')!;
  const invite = async (email: string, terms: object = {}, by = admin) => {
    const { body } = await by
      .post('/v1/invitations')
      .send({ email, role: 'viewer', ...terms })
      .expect(201);
    return body as { id: string; mailSent: boolean; [field: string]: unknown };
  };
  const accept = (body: object, app = service) => app.http().post('/v1/invitations/accept').send(body);

  it('goes by mail to its address alone, and the link stands nowhere else', async () => {
    const email = someone();
    const sent = await invite(` ${email.toUpperCase()} `, { role: 'editor', approver: true });
    expect(sent).toEqual({
      id: expect.any(String),
      email,
      role: 'editor',
      approver: true,
      status: 'pending',
      invitedBy: workspace.admin.memberId,
      createdAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
      acceptedAt: null,
      revokedAt: null,
      mailStatus: 'sent',
      mailFailure: null,
      mailSent: true,
      delivery: 'outbox',
    });
    const [mail, ...more] = mailsTo(email);
    expect(more).toEqual([]);
    expect(mail!.subject).toBe(`Join ${workspace.slug}`);
    const token = tokenTo(email);
    for (const text of [mail!.text, mail!.html]) {
      expect(text).toContain(`${service.baseUrl}/invitation?token=${token}`);
    }
    const { mailSent: _, delivery: __, ...shown } = sent;
    expect((await admin.get('/v1/invitations').expect(200)).body).toEqual({
      data: [shown],
      nextCursor: null,
    });
    const dump = JSON.stringify([
      sent,
      await service.sql('select * from invitations'),
      await service.auditEvents(workspace.id),
    ]);
    expect(dump).not.toContain(token.slice(48));
    expect(await service.auditEvents(workspace.id, 'workspace.member_invited')).toMatchObject([
      { target_id: sent.id, data: { email, role: 'editor', approver: true } },
    ]);
  });

  it('makes a member of somebody new, who signs in with the password they chose', async () => {
    const email = someone();
    const { id } = await invite(email, { role: 'editor' });
    const { body } = await accept({ token: tokenTo(email), password: PASSWORD, name: 'Ada Lovelace' }).expect(
      200,
    );
    expect(body).toEqual({
      workspace: { id: workspace.id, slug: workspace.slug, name: workspace.slug },
      member: {
        id: expect.any(String),
        userId: expect.any(String),
        email,
        displayName: 'Ada Lovelace',
        role: 'editor',
        approver: false,
      },
      signIn: { method: 'password' },
    });
    const person = await service.signIn(email, workspace.slug);
    expect(person.memberId).toBe(body.member.id);
    const shown = await admin.get(`/v1/members/${person.memberId}`).expect(200);
    expect(shown.body).toMatchObject({ source: 'invitation', displayName: 'Ada Lovelace', role: 'editor' });
    const joined = await service.auditEvents(workspace.id, 'workspace.member_joined');
    expect(joined.at(-1)).toMatchObject({
      actor_id: person.userId,
      target_id: person.memberId,
      data: { email, role: 'editor', source: 'invitation', invitationId: id },
    });
    const { body: list } = await admin.get('/v1/invitations').expect(200);
    expect(list.data[0]).toMatchObject({ id, status: 'accepted' });
  });

  it('can be accepted on the page its link leads to, which opening alone does not do', async () => {
    const email = someone();
    await invite(email);
    const token = tokenTo(email);
    const page = await service.http().get('/invitation').query({ token }).expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain(`Join ${workspace.slug}`);
    expect(page.text).toContain('name="password"');

    const post = (form: object) => service.http().post('/invitation').type('form').send(form);
    const short = await post({ token, name: 'Ada Lovelace', password: 'short' }).expect(400);
    expect(short.text).toContain('role="alert"');
    expect(short.text).toContain('value="Ada Lovelace"');
    expect(short.text).toContain(token);
    const done = await post({ token, name: '', password: PASSWORD }).expect(200);
    expect(done.text).toContain('href="/login"');
    await service.signIn(email, workspace.slug);

    const again = await service
      .http()
      .get('/invitation')
      .query({ token })
      .set('accept', 'text/html')
      .expect(409);
    expect(again.text).toContain('invitation_accepted');
    await service.http().get('/invitation').query({ token: '<script>' }).expect(400);
    await service.http().get('/invitation').expect(400);
  });

  it('to be admin is an escalation of its own', async () => {
    const email = someone();
    await invite(email, { role: 'admin' });
    await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
    expect(await service.auditEvents(workspace.id, 'auth.role_escalated')).toMatchObject([
      { risk: 'high', data: { email, after: { role: 'admin' } } },
    ]);
  });

  it('lets somebody in who has an account elsewhere, with the password of before', async () => {
    const other = await service.workspace();
    const person = await service.member(other, 'editor');
    await invite(person.email);
    const token = tokenTo(person.email);
    const wrong = await accept({ token, password: 'another password' }).expect(409);
    expect(wrong.body.code).toBe('password_already_set');
    const { body } = await accept({ token }).expect(200);
    expect(body.member.userId).toBe(person.userId);
    await service.signIn(person.email, workspace.slug);
    await service.signIn(person.email, other.slug);
  });

  it('is no way to guess the password of an account: wrong ones count as at a sign-in', async () => {
    const person = await service.member(await service.workspace(), 'editor');
    await invite(person.email);
    const token = tokenTo(person.email);
    const limited = await startApp({ RATE_LIMITS: 'on' }, service);
    try {
      const guess = (password: string) => accept({ token, password }, limited);
      for (let tries = 0; tries < 10; tries += 1) await guess(`wrong password ${tries}`).expect(409);
      expect((await guess('another wrong password').expect(429)).body.detail).toContain('sign-ins failed');
      await guess(PASSWORD).expect(429);
      // What the link itself says is worth as much as before.
      await accept({ token }, limited).expect(200);
    } finally {
      await limited.close();
    }
  });

  it('needs a password from somebody who has none, unless their identity provider signs them in', async () => {
    const email = `ada@${workspace.slug}.test`;
    await invite(email);
    const token = tokenTo(email);
    const { body } = await accept({ token }).expect(400);
    expect(body.errors).toEqual([{ field: 'password', message: expect.any(String) }]);
    await accept({ token, password: 'short' }).expect(400);

    await service.sql(
      `with d as (insert into domains (workspace_id, domain, token, status) values ($1, $2, 't', 'verified') returning id)
       insert into verified_domains (domain, workspace_id, domain_id) select $2, $1, id from d`,
      [workspace.id, `${workspace.slug}.test`],
    );
    await accept({ token }).expect(400);
    await service.sql(
      `insert into sso_connections (workspace_id, type, name, provider, status)
       values ($1, 'oidc', 'IdP', 'custom', 'active')`,
      [workspace.id],
    );
    await accept({ token }).expect(200);
  });

  it('is worth nothing once it was revoked, replaced by a newer link, or has run out', async () => {
    const revoked = someone();
    const { id } = await invite(revoked);
    await admin.delete(`/v1/invitations/${id}`).expect(204);
    await admin.delete(`/v1/invitations/${id}`).expect(204);
    expect(await service.auditEvents(workspace.id, 'workspace.invitation_revoked')).toHaveLength(1);
    expect((await accept({ token: tokenTo(revoked), password: PASSWORD }).expect(409)).body.code).toBe(
      'invitation_revoked',
    );
    await admin.post(`/v1/invitations/${id}/resend`).expect(409);

    const resent = someone();
    const second = await invite(resent);
    const old = tokenTo(resent);
    await admin.post(`/v1/invitations/${second.id}/resend`).expect(200);
    expect((await accept({ token: old, password: PASSWORD }).expect(400)).body.code).toBe(
      'invitation_invalid',
    );
    expect(mailsTo(resent)).toHaveLength(2);
    await accept({ token: tokenTo(resent), password: PASSWORD }).expect(200);
    await admin.delete(`/v1/invitations/${second.id}`).expect(409);

    const late = someone();
    const third = await invite(late);
    await service.sql(`update invitations set expires_at = now() where id = $1`, [third.id]);
    expect((await accept({ token: tokenTo(late), password: PASSWORD }).expect(409)).body.code).toBe(
      'invitation_expired',
    );
    await invite(late);
    await accept({ token: tokenTo(late), password: PASSWORD }).expect(200);
  });

  it.each(['', 'ghi_', 'nonsense', 'ghi_' + 'x'.repeat(93), 'x'.repeat(256)])('is not %p', async (token) => {
    const { body } = await accept({ token, password: PASSWORD }).expect(400);
    expect(body.code).toBe('invitation_invalid');
  });

  it('opens nothing with the token of another kind, or of another row', async () => {
    const [first, second] = [someone(), someone()];
    await invite(first);
    await invite(second);
    const [a, b] = [tokenTo(first), tokenTo(second)];
    for (const token of [a.slice(0, 49) + b.slice(49), a.replace('ghi_', 'ghc_'), a.slice(0, -1)]) {
      await accept({ token, password: PASSWORD }).expect(400);
    }
    await accept({ token: workspace.admin.refreshToken, password: PASSWORD }).expect(400);
  });

  it('dies with the rights of whoever sent it', async () => {
    const sender = await service.member(workspace, 'admin');
    const email = someone();
    const { id } = await invite(email, { role: 'admin' }, service.http(sender.accessToken));
    const token = tokenTo(email);
    await admin.patch(`/v1/members/${sender.memberId}`).send({ role: 'editor' }).expect(200);
    expect((await accept({ token, password: PASSWORD }).expect(409)).body.code).toBe('invitation_revoked');
    await admin.delete(`/v1/members/${sender.memberId}`).expect(204);
    await accept({ token, password: PASSWORD }).expect(409);
    const again = await admin.post(`/v1/invitations/${id}/resend`).expect(409);
    expect(again.body.code).toBe('invitation_closed');
    await invite(email, { role: 'admin' });
    await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
  });

  it('to whatever role dies with the right to invite', async () => {
    const sender = await service.member(workspace, 'admin');
    const email = someone();
    await invite(email, { role: 'viewer' }, service.http(sender.accessToken));
    await admin.patch(`/v1/members/${sender.memberId}`).send({ role: 'editor' }).expect(200);
    const { body } = await accept({ token: tokenTo(email), password: PASSWORD }).expect(409);
    expect(body.code).toBe('invitation_revoked');
    await admin.patch(`/v1/members/${sender.memberId}`).send({ role: 'admin' }).expect(200);
    await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
  });

  it('lives on when somebody sends it again who may, and takes the place of who sent it', async () => {
    const sender = await service.member(workspace, 'admin');
    const email = someone();
    const { id } = await invite(email, { role: 'admin' }, service.http(sender.accessToken));
    await admin.patch(`/v1/members/${sender.memberId}`).send({ role: 'editor' }).expect(200);
    await admin.post(`/v1/invitations/${id}/resend`).expect(200);
    await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
  });

  it('to be admin is sent again by nobody who could not send it', async () => {
    const { id } = await invite(someone(), { role: 'admin' });
    const key = await admin
      .post('/v1/api-keys')
      .send({ name: 'k', scopes: ['members:write'] })
      .expect(201);
    const refused = await service.withKey(key.body.key).post(`/v1/invitations/${id}/resend`).expect(403);
    expect(refused.body.code).toBe('role_above_own');
    expect(await service.auditEvents(workspace.id, 'workspace.invitation_resent')).toEqual([]);
  });

  it('is sent once per address, and not to members', async () => {
    const email = someone();
    await invite(email);
    const again = await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(409);
    expect(again.body.code).toBe('already_invited');
    const member = await service.member(workspace, 'viewer');
    const known = await admin
      .post('/v1/invitations')
      .send({ email: member.email, role: 'viewer' })
      .expect(409);
    expect(known.body.code).toBe('already_member');
  });

  it('brings a former member back on its own terms', async () => {
    const person = await service.member(workspace, 'admin');
    await admin.delete(`/v1/members/${person.memberId}`).expect(204);
    await invite(person.email, { role: 'viewer' });
    const { body } = await accept({ token: tokenTo(person.email) }).expect(200);
    expect(body.member).toMatchObject({ id: person.memberId, role: 'viewer' });
    const shown = await admin.get(`/v1/members/${person.memberId}`).expect(200);
    expect(shown.body).toMatchObject({ status: 'active', role: 'viewer', removalReason: null });
    await service.http(person.accessToken).get('/v1/auth/me').expect(401);
  });

  it('claims the address for the person, and never a user that a directory made for it', async () => {
    const email = someone();
    const foreign = await service.sql<{ id: string }>(
      `insert into users (email) values ($1), ($1) returning id`,
      [email],
    );
    await invite(email);
    const { body } = await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
    expect(foreign.map(({ id }) => id)).not.toContain(body.member.userId);
    await service.signIn(email, workspace.slug);
  });

  it('by a program goes up to editor', async () => {
    const { body } = await admin
      .post('/v1/api-keys')
      .send({ name: 'hr', scopes: ['members:read', 'members:write'] })
      .expect(201);
    const key = service.withKey(body.key);
    const email = someone();
    await key.post('/v1/invitations').send({ email, role: 'editor' }).expect(201);
    const refused = await key.post('/v1/invitations').send({ email: someone(), role: 'admin' }).expect(403);
    expect(refused.body.code).toBe('role_above_own');
    await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
    await key.get('/v1/invitations').expect(200);
  });

  it('stands although its mail could not be sent, and can be sent again', async () => {
    const outbox = join(service.dataDir, 'outbox');
    rmSync(outbox, { recursive: true, force: true });
    writeFileSync(outbox, 'no directory');
    const email = someone();
    const { id, mailSent } = await invite(email);
    rmSync(outbox);
    mkdirSync(outbox);
    chmodSync(outbox, 0o700);
    expect(mailSent).toBe(false);
    const { body } = await admin.post(`/v1/invitations/${id}/resend`).expect(200);
    expect(body.mailSent).toBe(true);
    await accept({ token: tokenTo(email), password: PASSWORD }).expect(200);
  });

  it.each([
    {},
    { email: 'ada@acme.test' },
    { role: 'viewer' },
    { email: 'ada', role: 'viewer' },
    { email: ['ada@acme.test'], role: 'viewer' },
    { email: 'ada@acme.test\r\nBcc: eve@evil.test', role: 'viewer' },
    { email: 'ada@acme.test', role: 'owner' },
    { email: 'ada@acme.test', role: 'viewer', approver: 'yes' },
    { email: 'ada@acme.test', role: 'viewer', token: 'ghi_x' },
  ])('is not made from %j', async (input) => {
    const { body } = await admin.post('/v1/invitations').send(input).expect(400);
    expect(body.code).toBe('validation_failed');
  });

  it('is managed by admins of its workspace only', async () => {
    const { id } = await invite(someone());
    const editor = service.http((await service.member(workspace, 'editor')).accessToken);
    await editor.get('/v1/invitations').expect(403);
    await editor.post('/v1/invitations').send({ email: someone(), role: 'viewer' }).expect(403);
    const other = service.http((await service.workspace()).admin.accessToken);
    for (const unknown of [id, '019a0000-0000-7000-8000-000000000000', 'nonsense']) {
      for (const request of [
        other.delete(`/v1/invitations/${unknown}`),
        other.post(`/v1/invitations/${unknown}/resend`),
      ]) {
        expect((await request.expect(404)).body.detail).toBe('Invitation not found.');
      }
    }
    expect((await other.get('/v1/invitations').expect(200)).body.data).toEqual([]);
  });
});
