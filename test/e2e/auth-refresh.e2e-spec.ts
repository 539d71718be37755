import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { issueCredential } from '../../src/crypto/credential';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { rounds } from '../support/rounds';

describe('A refresh token', () => {
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
    acme = await app.workspace();
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });

  const refresh = (refreshToken: unknown, on = app) =>
    on.http().post('/v1/auth/refresh').send({ refreshToken });
  const signedIn = (): Promise<TestPerson> => app.member(acme, 'viewer');
  const me = (accessToken: string) => app.http(accessToken).get('/v1/auth/me');
  const sessionOf = (accessToken: string) =>
    (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  const eventsAbout = async (sessionId: string) =>
    (await app.auditEvents(acme.id)).filter(({ target_id }) => target_id === sessionId);

  it('is exchanged for new tokens of the same session', async () => {
    const ada = await signedIn();
    const { body } = await refresh(ada.refreshToken).expect(200);
    expect(body).toEqual({
      status: 'authenticated',
      tokenType: 'Bearer',
      accessToken: expect.stringMatching(/^ey/),
      expiresIn: 300,
      refreshToken: expect.stringMatching(/^ghr_/),
      workspace: { id: acme.id, slug: acme.slug, name: acme.slug },
    });
    expect(sessionOf(body.accessToken)).toBe(sessionOf(ada.accessToken));
    await me(body.accessToken).expect(200);
    await refresh(body.refreshToken).expect(200);
  });

  /** As if the exchange had happened this long ago. */
  const exchangedBefore = (seconds: number, { accessToken }: TestPerson) =>
    app.sql(
      `update refresh_tokens set used_at = used_at - make_interval(secs => $2)
        where session_id = $1 and used_at is not null`,
      [sessionOf(accessToken), seconds],
    );
  const reuseOf = async ({ accessToken }: TestPerson) =>
    (await eventsAbout(sessionOf(accessToken))).filter(({ type }) => type === 'auth.refresh_reused');

  it('whose answer got lost gets the same one again for a moment, on every instance', async () => {
    const ada = await signedIn();
    const { body: first } = await refresh(ada.refreshToken).expect(200);
    await exchangedBefore(28, ada);
    const { body: again } = await refresh(ada.refreshToken, second).expect(200);
    expect(again).toEqual(first);
    await me(again.accessToken).expect(200);
    await refresh(again.refreshToken).expect(200);
    expect(await reuseOf(ada)).toEqual([]);
  });

  it('keeps that answer where nobody without the token can read it, and not for long', async () => {
    const ada = await signedIn();
    const { body: first } = await refresh(ada.refreshToken).expect(200);
    const kept = () =>
      app.sql<{ row: string }>(
        `select to_jsonb(t)::text as row from refresh_tokens t where session_id = $1 and sealed_answer is not null`,
        [sessionOf(ada.accessToken)],
      );
    const [row, ...more] = await kept();
    expect(more).toEqual([]);
    expect(row!.row).not.toContain(first.refreshToken);
    expect(row!.row).not.toContain(first.accessToken.split('.')[1]);

    const { body: next } = await refresh(first.refreshToken).expect(200);
    expect(await kept()).toHaveLength(1);
    await exchangedBefore(31, ada);
    await app.app.get(Schedule).run('auth.forget_sign_ins', new Date());
    expect(await kept()).toEqual([]);
    await me(next.accessToken).expect(200);
  });

  it('that comes again too late ends its session, on every instance, and that is on record', async () => {
    const ada = await signedIn();
    const { body: next } = await refresh(ada.refreshToken).expect(200);
    await exchangedBefore(31, ada);

    const reused = await refresh(ada.refreshToken, second).expect(401);
    expect(reused.body.code).toBe('refresh_reused');
    expect(reused.headers['www-authenticate']).toMatch(/^Bearer/);
    await me(next.accessToken).expect(401);
    await me(ada.accessToken).expect(401);
    const { body: late } = await refresh(next.refreshToken).expect(401);
    expect(late.code).toBe('invalid_token');

    const events = await eventsAbout(sessionOf(ada.accessToken));
    expect(events).toMatchObject([
      { type: 'auth.login_succeeded' },
      { type: 'auth.refresh_reused', risk: 'high', data: { memberId: ada.memberId } },
    ]);
  });

  it('that comes again when the next one was used already was copied: its session ends at once', async () => {
    const ada = await signedIn();
    const { body: owners } = await refresh(ada.refreshToken).expect(200);
    const { body: thiefs } = await refresh(ada.refreshToken, second).expect(200);
    const { body: used } = await refresh(owners.refreshToken).expect(200);
    expect((await refresh(ada.refreshToken).expect(401)).body.code).toBe('refresh_reused');
    await me(used.accessToken).expect(401);
    expect((await refresh(thiefs.refreshToken).expect(401)).body.code).toBe('invalid_token');
    expect(await reuseOf(ada)).toHaveLength(1);
  });

  it('is not answered again once its session has ended', async () => {
    const ada = await signedIn();
    const { body } = await refresh(ada.refreshToken).expect(200);
    await app.http(body.accessToken).post('/v1/auth/logout').expect(204);
    expect((await refresh(ada.refreshToken).expect(401)).body.code).toBe('invalid_token');
    await me(body.accessToken).expect(401);

    const eve = await signedIn();
    await refresh(eve.refreshToken).expect(200);
    await app.sql('update sessions set expires_at = now() where id = $1', [sessionOf(eve.accessToken)]);
    expect((await refresh(eve.refreshToken).expect(401)).body.code).toBe('invalid_token');
  });

  it('that comes again after the session ended otherwise changes nothing about that end', async () => {
    const ada = await signedIn();
    const { body } = await refresh(ada.refreshToken).expect(200);
    await app.http(body.accessToken).post('/v1/auth/logout').expect(204);
    await exchangedBefore(31, ada);
    const before = await app.sql('select ended_at, end_reason from sessions where id = $1', [
      sessionOf(ada.accessToken),
    ]);
    expect((await refresh(ada.refreshToken).expect(401)).body.code).toBe('refresh_reused');
    expect(
      await app.sql('select ended_at, end_reason from sessions where id = $1', [sessionOf(ada.accessToken)]),
    ).toEqual(before);
    expect(await reuseOf(ada)).toEqual([]);
  });

  it('makes one family however many show it at once, and nobody is taken for a thief', async () => {
    for (let round = 0; round < rounds({ always: 2, nightly: 100 }); round += 1) {
      const ada = await signedIn();
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => refresh(ada.refreshToken, index % 2 ? app : second)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      const tokens = await app.sql('select 1 from refresh_tokens where session_id = $1', [
        sessionOf(ada.accessToken),
      ]);
      expect(tokens).toHaveLength(2);
      await refresh(answers[0]!.body.refreshToken).expect(200);
      expect(await reuseOf(ada)).toEqual([]);
    }
  });

  it('takes the policy of this moment', async () => {
    const own = await app.workspace();
    await app
      .http(own.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ session: { accessTokenSeconds: 60 } })
      .expect(200);
    const { body } = await refresh(own.admin.refreshToken).expect(200);
    expect(body.expiresIn).toBe(60);

    await app.sql(`update workspace_policies set mfa_required = 'all' where workspace_id = $1`, [own.id]);
    const { body: refused } = await refresh(body.refreshToken).expect(403);
    expect(refused.code).toBe('mfa_required');
  });

  it('does not outlive its session: ended, unused for too long, or at its end', async () => {
    const ended = await signedIn();
    await app.http(ended.accessToken).post('/v1/auth/logout').expect(204);
    const idle = await signedIn();
    await app.sql(`update sessions set last_used_at = now() - interval '2 days' where id = $1`, [
      sessionOf(idle.accessToken),
    ]);
    const over = await signedIn();
    await app.sql('update sessions set expires_at = now() where id = $1', [sessionOf(over.accessToken)]);
    for (const { refreshToken, accessToken } of [ended, idle, over]) {
      expect((await refresh(refreshToken).expect(401)).body.code).toBe('invalid_token');
      await me(accessToken).expect(401);
    }
  });

  it('keeps a session in use from running idle', async () => {
    const ada = await signedIn();
    await app.sql(`update sessions set last_used_at = now() - interval '23 hours' where id = $1`, [
      sessionOf(ada.accessToken),
    ]);
    await refresh(ada.refreshToken).expect(200);
    const [session] = await app.sql<{ fresh: boolean }>(
      `select last_used_at > now() - interval '1 minute' as fresh from sessions where id = $1`,
      [sessionOf(ada.accessToken)],
    );
    expect(session).toEqual({ fresh: true });
  });

  it('is not even needed for that: any request keeps the session in use', async () => {
    const ada = await signedIn();
    await app.sql(`update sessions set last_used_at = now() - interval '23 hours' where id = $1`, [
      sessionOf(ada.accessToken),
    ]);
    await me(ada.accessToken).expect(200);
    await eventually(async () => {
      const [session] = await app.sql<{ fresh: boolean }>(
        `select last_used_at > now() - interval '1 minute' as fresh from sessions where id = $1`,
        [sessionOf(ada.accessToken)],
      );
      expect(session).toEqual({ fresh: true });
    });
  });

  it('opens nothing for a member whose removal is under way', async () => {
    const ada = await signedIn();
    const removal = new Client({ connectionString: app.databaseUrl });
    await removal.connect();
    try {
      await removal.query('begin');
      await removal.query('update members set removed_at = now() where id = $1', [ada.memberId]);
      const answer = refresh(ada.refreshToken).then(({ status, body }) => [status, body.code]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await removal.query('commit');
      expect(await answer).toEqual([403, 'member_removed']);
    } finally {
      await removal.end();
    }
    expect((await refresh(ada.refreshToken).expect(401)).body.code).toBe('invalid_token');
  });

  it('is worthless once the member is removed', async () => {
    const ada = await signedIn();
    await app.http(acme.admin.accessToken).delete(`/v1/members/${ada.memberId}`).expect(204);
    expect((await refresh(ada.refreshToken).expect(401)).body.code).toBe('invalid_token');
  });

  it('is nobody’s who knows its id alone: not before it is exchanged, and not to end its session after', async () => {
    const ada = await signedIn();
    const [row] = await app.sql<{ id: string }>('select id from refresh_tokens where session_id = $1', [
      sessionOf(ada.accessToken),
    ]);
    const guessed = issueCredential('ghr', acme.id, row!.id).text;
    expect((await refresh(guessed).expect(401)).body.code).toBe('invalid_token');
    const { body: next } = await refresh(ada.refreshToken).expect(200);
    await exchangedBefore(31, ada);
    expect((await refresh(guessed).expect(401)).body.code).toBe('invalid_token');
    await me(next.accessToken).expect(200);
  });

  it('brings an access token that ends with the session', async () => {
    const ada = await signedIn();
    await app.sql(`update sessions set expires_at = now() + interval '40 seconds' where id = $1`, [
      sessionOf(ada.accessToken),
    ]);
    const { body } = await refresh(ada.refreshToken).expect(200);
    expect(body.expiresIn).toBeLessThanOrEqual(40);
  });

  it('is not anything that looks like one', async () => {
    const ada = await signedIn();
    const forged = issueCredential('ghr', acme.id, randomUUID()).text;
    const elsewhere = issueCredential('ghr', randomUUID(), randomUUID()).text;
    const flipped = ada.refreshToken.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    for (const text of [forged, elsewhere, flipped, ada.accessToken.slice(0, 200), 'ghr_', 'x\u0000y']) {
      expect((await refresh(text).expect(401)).body.code).toBe('invalid_token');
    }
    for (const wrong of [undefined, null, 7, '', ['a'], { a: 1 }, 'x'.repeat(300)]) {
      expect((await refresh(wrong).expect(400)).body.code).toBe('validation_failed');
    }
    await refresh(ada.refreshToken).expect(200);
  });
});

/** What happens beside the request is there a moment later. */
async function eventually(claim: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    try {
      return await claim();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await claim();
}
