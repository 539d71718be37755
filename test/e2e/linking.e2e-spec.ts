import { createHash, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { PASSWORD, type TestPerson } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { enforceSso } from '../support/enforcement';
import { guessedFrom } from '../support/guessed-credential';
import { APPLICATION, OidcScene } from '../support/oidc-sign-in';

/** The workspace speaks for acme.test only; these people have an address elsewhere. */
describe('Somebody whose address is a member’s, at a domain the workspace does not speak for', () => {
  let scene: OidcScene;
  let member: TestPerson;

  beforeAll(async () => {
    scene = await OidcScene.start({ RATE_LIMITS: 'on' });
  });
  afterAll(() => scene?.close());
  beforeEach(async () => {
    member = await scene.app.member(scene.workspace, 'editor', { email: `${randomUUID()}@home.test` });
    scene.idp.subject = randomUUID();
    scene.idp.person = { email: member.email, email_verified: true, name: 'Grace' };
  });

  const start = (query: Record<string, string> = { redirectUri: APPLICATION, state: 'mine' }) =>
    scene.url('login', query);
  const signIn = (browser = new Browser(), query?: Record<string, string>): Promise<Page> =>
    browser.open(start(query), { stopAt: [APPLICATION] });
  const events = async (type: string) =>
    (await scene.app.auditEvents(scene.workspace.id, type)).filter(
      ({ data, target_id }) => target_id === member.memberId || data.memberId === member.memberId,
    );
  const identities = () =>
    scene.app.sql('select subject, member_id from identities where member_id = $1', [member.memberId]);
  let adminAgain: TestPerson | undefined;
  const admin = () => scene.app.http((adminAgain ?? scene.workspace.admin).accessToken);
  const openConflict = async () => {
    const { body } = await admin().get('/v1/sso/conflicts').expect(200);
    return (body.data as { id: string; memberId: string; [field: string]: unknown }[]).find(
      ({ memberId }) => memberId === member.memberId,
    );
  };

  it('is refused calmly, nothing is linked, and the admins find it in their queue once', async () => {
    const page = await signIn();
    expect(page.status).toBe(403);
    expect(page.text).toContain('account_conflict');
    await signIn();
    expect(await identities()).toEqual([]);
    expect(await openConflict()).toMatchObject({
      status: 'open',
      email: member.email,
      memberEmail: member.email,
      subject: scene.idp.subject,
      displayName: 'Grace',
      connectionId: scene.connectionId,
      attempts: 2,
    });
    expect(await events('sso.conflict_opened')).toHaveLength(1);
    const failures = await scene.app.auditEvents(scene.workspace.id, 'sso.login_failed');
    expect(failures.at(-1)).toMatchObject({ data: { code: 'account_conflict', email: member.email } });
  });

  it('answers programs with the same code and no page', async () => {
    const page = await scene.open(new Browser(), start());
    expect((await scene.refusal(page)).code).toBe('account_conflict');
  });

  it('links by the password of the account, and is signed in where they were going', async () => {
    const page = await (await signIn()).follow('prove it');
    expect(page.text).toContain(member.email);
    const done = await page.submit({ password: PASSWORD }, { stopAt: [APPLICATION] });
    expect([done.status, done.url.searchParams.get('state')]).toEqual([303, 'mine']);
    const code = done.url.searchParams.get('code');
    const { body } = await scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    const me = await scene.app.http(body.accessToken).get('/v1/auth/me').expect(200);
    expect(me.body.member).toMatchObject({ id: member.memberId, role: 'editor' });
    expect(await events('sso.identity_linked')).toMatchObject([
      { actor_id: member.userId, data: { how: 'proof_by_password', subject: scene.idp.subject } },
    ]);
    expect(await events('sso.conflict_resolved')).toMatchObject([{ data: { resolution: 'proved' } }]);
    expect(await openConflict()).toBeUndefined();
    // From now on it is an identity like any other.
    expect((await signIn()).status).toBe(303);
  });

  it('comes back with a code for whoever began: what the application asked with is not lost on the way', async () => {
    const codeVerifier = 'v'.repeat(43);
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
    const page = await (
      await signIn(new Browser(), { redirectUri: APPLICATION, state: 'mine', codeChallenge })
    ).follow('prove it');
    const done = await page.submit({ password: PASSWORD }, { stopAt: [APPLICATION] });
    const code = done.url.searchParams.get('code');
    const exchange = (more: object) =>
      scene.app
        .http()
        .post('/v1/auth/token')
        .send({ code, ...more });
    expect((await exchange({}).expect(400)).body.code).toBe('code_verifier_required');
    await exchange({ codeVerifier }).expect(200);
  });

  it('is asked again as recently as before: what a step-up wants is not lost on the way', async () => {
    const page = await (await signIn(new Browser(), { maxAge: '60' })).follow('prove it');
    scene.idp.asked = new URLSearchParams();
    await page.submit({ password: PASSWORD });
    const { asked } = scene.idp;
    expect([asked.get('max_age'), asked.get('prompt')]).toEqual(['60', 'login']);
  });

  it('links by a session of the account in the same browser, without a password', async () => {
    const browser = new Browser();
    const login = await browser.open(`${scene.app.baseUrl}/login/password`);
    await login.submit({ email: member.email, password: PASSWORD });
    const page = await (await signIn(browser)).follow('prove it');
    expect(page.text).not.toContain('type="password"');
    expect((await page.submit({}, { stopAt: [APPLICATION] })).status).toBe(303);
    expect(await events('sso.identity_linked')).toMatchObject([{ data: { how: 'proof_by_session' } }]);
  });

  it('does not link by the session of somebody else, nor by one that is not fresh', async () => {
    const browser = new Browser();
    const other = await scene.app.member(scene.workspace, 'admin');
    for (const email of [other.email, member.email]) {
      const login = await browser.open(`${scene.app.baseUrl}/login/password`);
      await login.submit({ email, password: PASSWORD });
      await scene.app.sql(
        `update sessions set authenticated_at = now() - interval '11 minutes' where member_id = $1`,
        [member.memberId],
      );
      const page = await (await signIn(browser)).follow('prove it');
      expect(page.text).toContain('type="password"');
      expect((await page.submit({})).status).toBe(401);
    }
    expect(await identities()).toEqual([]);
  });

  it('does not link by a session that is older than the workspace bears for what is sensitive', async () => {
    const browser = new Browser();
    const login = await browser.open(`${scene.app.baseUrl}/login/password`);
    await login.submit({ email: member.email, password: PASSWORD });
    await scene.app.sql(
      `update sessions set authenticated_at = now() - interval '2 minutes' where member_id = $1`,
      [member.memberId],
    );
    const page = await (await signIn(browser)).follow('prove it');
    expect(page.text).not.toContain('type="password"');
    const bear = (freshSeconds: number) =>
      admin().patch('/v1/workspace/policy').send({ session: { freshSeconds } }).expect(200);
    await bear(60);
    const refused = await page.submit({});
    const again = await browser.open(`${scene.app.baseUrl}/sso/link`);
    await bear(900);
    expect([refused.status, again.text.includes('type="password"')]).toEqual([401, true]);
    expect(await identities()).toEqual([]);
  });

  it('is linked by an admin after a recent sign-in only, and told to be somebody else after any', async () => {
    await signIn();
    const { id } = (await openConflict())!;
    const theirs = await scene.app.member(scene.workspace, 'admin');
    await scene.app.sql(
      `update sessions set authenticated_at = now() - interval '1 hour' where member_id = $1`,
      [theirs.memberId],
    );
    const resolve = (action: string) =>
      scene.app.http(theirs.accessToken).post(`/v1/sso/conflicts/${id}/resolve`).send({ action });
    expect((await resolve('link').expect(401)).body.code).toBe('reauthentication_required');
    expect(await identities()).toEqual([]);
    await resolve('dismiss').expect(200);
  });

  it('is not linked by an admin once the account at the provider belongs to another member', async () => {
    await signIn();
    const { id } = (await openConflict())!;
    const other = await scene.app.member(scene.workspace, 'viewer');
    await scene.app.sql(
      `insert into identities (workspace_id, connection_id, issuer, subject, member_id)
       select workspace_id, connection_id, issuer, subject, $2 from identity_conflicts where id = $1`,
      [id, other.memberId],
    );
    const { body } = await admin()
      .post(`/v1/sso/conflicts/${id}/resolve`)
      .send({ action: 'link' })
      .expect(409);
    expect(body.code).toBe('identity_linked');
    expect(await openConflict()).toMatchObject({ status: 'open' });
  });

  it('does not link by a password alone in a workspace that asks everybody for a second factor', async () => {
    const page = await (await signIn()).follow('prove it');
    const ask = (required: string) => admin().patch('/v1/workspace/policy').send({ mfa: { required } });
    await ask('all').expect(200);
    const refused = await page.submit({ password: PASSWORD });
    await ask('off').expect(200);
    expect([refused.status, refused.text.includes('proof_needed')]).toEqual([401, true]);
    expect(await identities()).toEqual([]);
  });

  it('does not link by a password in a workspace that enforces single sign-on', async () => {
    const page = await (await signIn()).follow('prove it');
    expect(page.text).toContain('type="password"');
    const { accessToken } = await enforceSso(scene.app, scene.workspace);
    const refused = await page.submit({ password: PASSWORD });
    await scene.app
      .http(accessToken)
      .patch('/v1/workspace/policy')
      .send({ sso: { enforced: false } })
      .expect(200);
    // Enforcing single sign-on ended every session by password.
    adminAgain = await scene.app.signIn(scene.workspace.admin.email, scene.workspace.slug);
    expect([refused.status, refused.text.includes('proof_needed')]).toEqual([401, true]);
    expect(await identities()).toEqual([]);
  });

  it('cannot guess: wrong passwords are on record and counted as at a sign-in', async () => {
    const page = await (await signIn()).follow('prove it');
    const wrong = await page.submit({ password: 'wrong' });
    expect([wrong.status, wrong.text.includes('Try again')]).toEqual([401, true]);
    expect(await events('sso.link_proof_failed')).toMatchObject([
      { risk: 'medium', actor_email: member.email, data: { code: 'invalid_credentials' } },
    ]);
    const statuses: number[] = [];
    for (let count = 0; count < 10; count += 1) {
      statuses.push((await page.submit({ password: `wrong ${count}` })).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect((await page.submit({ password: PASSWORD })).status).toBe(429);
    expect(await identities()).toEqual([]);
  });

  it('proves once, within ten minutes, in the browser that came back from the provider', async () => {
    const stranger = await new Browser().open(`${scene.app.baseUrl}/sso/link`);
    expect([stranger.status, stranger.text.includes('link_unknown')]).toEqual([400, true]);

    const late = await (await signIn()).follow('prove it');
    const longer = `select 1 from link_proofs where expires_at > now() + interval '10 minutes'`;
    expect(await scene.app.sql(longer)).toEqual([]);
    await scene.app.sql(`update link_proofs set expires_at = now() - interval '1 second'`);
    // Nobody who begins meanwhile takes away that it was there.
    expect((await signIn()).status).toBe(403);
    const expired = await late.submit({ password: PASSWORD });
    expect([expired.status, expired.text.includes('link_expired')]).toEqual([400, true]);

    const page = await (await signIn()).follow('prove it');
    const all = await Promise.all(
      [1, 2, 3].map(() => page.submit({ password: PASSWORD }, { stopAt: [scene.url('login')] })),
    );
    expect(all.map(({ status }) => status).filter((status) => status === 303)).toHaveLength(1);
    expect(await identities()).toHaveLength(1);
  });

  it('proves nothing with a cookie that somebody made up who knows which chance it is', async () => {
    const browser = new Browser();
    await signIn(browser);
    const cookie = browser.cookie(`${scene.app.baseUrl}/`, 'gatehouse_link')!;
    const show = (text: string) =>
      scene.app
        .http()
        .post('/sso/link')
        .type('form')
        .set({ cookie: `gatehouse_link=${text}`, accept: 'application/json' })
        .send({ password: PASSWORD });
    expect((await show(guessedFrom(cookie)).expect(400)).body.code).toBe('link_unknown');
    expect(await identities()).toEqual([]);
    await show(cookie).expect(303);
    expect(await identities()).toHaveLength(1);
  });

  it('cannot be made to prove from a page elsewhere', async () => {
    const browser = new Browser();
    await signIn(browser);
    const cookie = browser.cookie(`${scene.app.baseUrl}/`, 'gatehouse_link')!;
    const { body } = await scene.app
      .http()
      .post('/sso/link')
      .set({ cookie: `gatehouse_link=${cookie}`, origin: 'https://evil.example', accept: 'application/json' })
      .type('form')
      .send({ password: PASSWORD })
      .expect(403);
    expect(body.code).toBe('foreign_origin');
    expect(await identities()).toEqual([]);
  });

  it('stays out when the member has left, before or after the question came up', async () => {
    const page = await (await signIn()).follow('prove it');
    await admin().delete(`/v1/members/${member.memberId}`).expect(204);
    expect((await page.submit({ password: PASSWORD })).status).toBe(400);
    const { code } = await scene.refusal(await scene.open(new Browser(), start()));
    expect(code).toBe('member_removed');

    // Nor does an admin who comes to the question too late put by a way in for when they are back.
    const { id } = (await openConflict())!;
    const resolve = (action: string) => admin().post(`/v1/sso/conflicts/${id}/resolve`).send({ action });
    expect((await resolve('link').expect(409)).body.code).toBe('member_removed');
    expect(await identities()).toEqual([]);
    await resolve('dismiss').expect(200);
  });

  it('is not linked to a member whom somebody takes out at that moment', async () => {
    await signIn();
    const { id } = (await openConflict())!;
    const client = new Client({ connectionString: scene.app.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('update members set removed_at = now() where id = $1', [member.memberId]);
    const linked = admin()
      .post(`/v1/sso/conflicts/${id}/resolve`)
      .send({ action: 'link' })
      .then(({ status, body }) => ({ status, code: body.code as string }));
    await Promise.race([linked, scene.app.waiting()]);
    await client.query('commit');
    await client.end();
    expect(await linked).toEqual({ status: 409, code: 'member_removed' });
    expect(await identities()).toEqual([]);
  });

  it('comes in when an admin says that they are one person', async () => {
    await signIn();
    const { id } = (await openConflict())!;
    const editor = await scene.app.member(scene.workspace, 'editor');
    await scene.app
      .http(editor.accessToken)
      .post(`/v1/sso/conflicts/${id}/resolve`)
      .send({ action: 'link' })
      .expect(403);
    await admin().post(`/v1/sso/conflicts/${id}/resolve`).send({ action: 'merge' }).expect(400);
    const { body } = await admin()
      .post(`/v1/sso/conflicts/${id}/resolve`)
      .send({ action: 'link' })
      .expect(200);
    expect(body).toMatchObject({ status: 'linked', resolvedBy: scene.workspace.admin.memberId });
    expect((await signIn()).status).toBe(303);
    expect(await events('sso.identity_linked')).toMatchObject([
      { actor_id: scene.workspace.admin.userId, data: { how: 'admin' } },
    ]);
    expect(await events('sso.conflict_resolved')).toMatchObject([
      { risk: 'high', data: { resolution: 'linked' } },
    ]);
    const again = await admin()
      .post(`/v1/sso/conflicts/${id}/resolve`)
      .send({ action: 'dismiss' })
      .expect(409);
    expect(again.body.code).toBe('conflict_resolved');
    // Whom nobody can bring back for it: the question is answered all the same.
    await admin().delete(`/v1/members/${member.memberId}`).expect(204);
    const late = await admin().post(`/v1/sso/conflicts/${id}/resolve`).send({ action: 'link' }).expect(409);
    expect(late.body.code).toBe('conflict_resolved');
  });

  it('is another question with the address of another member: what was asked before is not answered for that', async () => {
    const { subject, person } = scene.idp;
    const bystander = await scene.app.member(scene.workspace, 'viewer', {
      email: `${randomUUID()}@home.test`,
    });
    scene.idp.subject = randomUUID();
    scene.idp.person = { ...person, email: bystander.email };
    await signIn();
    Object.assign(scene.idp, { subject, person });
    await signIn();
    const asked = await openConflict();
    const other = await scene.app.member(scene.workspace, 'admin', { email: `${randomUUID()}@home.test` });
    scene.idp.person = { ...scene.idp.person, email: other.email };
    await signIn();
    const answer = await admin().post(`/v1/sso/conflicts/${asked!.id}/resolve`).send({ action: 'link' });
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict_resolved']);
    const linked = 'select 1 from identities where subject = $1';
    expect(await scene.app.sql(linked, [scene.idp.subject])).toEqual([]);
    expect(await events('sso.conflict_resolved')).toMatchObject([{ data: { resolution: 'dismissed' } }]);
    member = other;
    expect(await openConflict()).toMatchObject({ status: 'open', email: other.email, attempts: 1 });
    member = bystander;
    expect(await openConflict()).toMatchObject({ status: 'open', email: bystander.email, attempts: 1 });
  });

  it('stays out when an admin says that they are not', async () => {
    await signIn();
    const { id } = (await openConflict())!;
    await admin().post(`/v1/sso/conflicts/${id}/resolve`).send({ action: 'dismiss' }).expect(200);
    expect(await openConflict()).toBeUndefined();
    expect(await identities()).toEqual([]);
    expect((await signIn()).status).toBe(403);
    const { body } = await admin().get('/v1/sso/conflicts').query({ status: 'all' }).expect(200);
    const all = (body.data as { memberId: string; status: string }[]).filter(
      ({ memberId }) => memberId === member.memberId,
    );
    expect(all.map(({ status }) => status)).toEqual(['dismissed', 'open']);
  });
});
