import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { FederatedSignIn, loginOf } from '../support/federated-sign-in';
import { ownDomain } from '../support/oidc-sign-in';
import { rounds } from '../support/rounds';

describe('The session policy of a workspace', () => {
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });
  beforeEach(async () => {
    acme = await app.workspace();
  });

  const policy = (session: object) =>
    app.http(acme.admin.accessToken).patch('/v1/workspace/policy').send({ session }).expect(200);
  const me = ({ accessToken }: { accessToken: string }, on = second) =>
    on.http(accessToken).get('/v1/auth/me');
  const refresh = ({ refreshToken }: { refreshToken: string }) =>
    second.http().post('/v1/auth/refresh').send({ refreshToken });
  const sessionOf = ({ accessToken }: { accessToken: string }) =>
    (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  const age = (person: TestPerson, column: string, seconds: number) =>
    app.sql(`update sessions set ${column} = ${column} - make_interval(secs => $2) where id = $1`, [
      sessionOf(person),
      seconds,
    ]);

  /** A console session, held as a cookie. */
  async function browserOf(email: string): Promise<{ get: () => Promise<number>; id: string }> {
    const form = new URLSearchParams({
      email,
      password: 'correct horse battery staple',
      workspace: acme.slug,
    });
    const answer = await app.http().post('/login/password').type('form').send(form.toString()).expect(303);
    const cookie = ([answer.headers['set-cookie']].flat() as string[])
      .map((text) => text.split(';')[0]!)
      .find((text) => text.startsWith('gatehouse_session='))!;
    const [row] = await app.sql<{ id: string }>(
      'select id from sessions where cookie_hash is not null and workspace_id = $1 order by id desc limit 1',
      [acme.id],
    );
    return {
      id: row!.id,
      get: async () => (await second.http().get('/console').set('cookie', cookie)).status,
    };
  }

  it('that becomes stricter about idle time holds for running sessions at once, whichever way they come', async () => {
    const ada = await app.member(acme, 'viewer');
    const browser = await browserOf(ada.email);
    const busy = await app.signIn(ada.email, acme.slug);
    for (const id of [sessionOf(ada), browser.id]) {
      await app.sql(`update sessions set last_used_at = now() - interval '6 minutes' where id = $1`, [id]);
    }
    await policy({ idleSeconds: 300 });
    await me(ada).expect(401);
    expect((await refresh(ada).expect(401)).body.code).toBe('invalid_token');
    expect(await browser.get()).toBe(401);
    await me(busy).expect(200);
  });

  it('that becomes stricter about the whole length does so too', async () => {
    const ada = await app.member(acme, 'viewer');
    const browser = await browserOf(ada.email);
    await age(ada, 'created_at', 3_700);
    await app.sql(`update sessions set created_at = created_at - interval '3700 seconds' where id = $1`, [
      browser.id,
    ]);
    await me(ada).expect(200);
    expect(await browser.get()).toBe(200);
    await policy({ absoluteSeconds: 3_600 });
    await me(ada).expect(401);
    await refresh(ada).expect(401);
    expect(await browser.get()).toBe(401);
  });

  it('that becomes stricter about access tokens ends those that are older, and a refresh brings a good one', async () => {
    await policy({ accessTokenSeconds: 3_600 });
    const ada = await app.member(acme, 'viewer');
    await me(ada).expect(200);
    await app.sql('update sessions set access_token_seconds = 0 where id = $1', [sessionOf(ada)]);
    await me(ada).expect(401);
    const { body } = await app
      .http(acme.admin.accessToken)
      .post('/v1/auth/introspect')
      .send({ token: ada.accessToken })
      .expect(200);
    expect(body).toEqual({ active: false });
    await policy({ accessTokenSeconds: 60 });
    const { body: next } = await refresh(ada).expect(200);
    expect(next.expiresIn).toBe(60);
    await me(next).expect(200);
    await me(ada).expect(200);
    const [row] = await app.sql<{ seconds: number }>(
      'select access_token_seconds as seconds from sessions where id = $1',
      [sessionOf(ada)],
    );
    expect(row).toEqual({ seconds: 60 });
  });

  it('that becomes stricter moves the end that introspection tells of', async () => {
    await policy({ accessTokenSeconds: 3_600 });
    const ada = await app.member(acme, 'viewer');
    const { iat, exp } = JSON.parse(
      Buffer.from(ada.accessToken.split('.')[1]!, 'base64url').toString(),
    ) as Record<'iat' | 'exp', number>;
    const told = async () =>
      (
        await app
          .http(acme.admin.accessToken)
          .post('/v1/auth/introspect')
          .send({ token: ada.accessToken })
          .expect(200)
      ).body as { active: boolean; exp: number };
    expect(await told()).toMatchObject({ active: true, exp });
    expect(exp).toBe(iat + 3_600);
    await policy({ accessTokenSeconds: 600 });
    expect(await told()).toMatchObject({ active: true, exp: iat + 600 });
    await policy({ absoluteSeconds: 300 });
    const [row] = await app.sql<{ end: number }>(
      'select floor(extract(epoch from expires_at))::int as end from sessions where id = $1',
      [sessionOf(ada)],
    );
    expect(row!.end).toBeLessThan(iat + 310);
    expect(await told()).toMatchObject({ active: true, exp: row!.end });
  });

  it('that becomes laxer lengthens nothing that runs', async () => {
    await policy({ idleSeconds: 600, absoluteSeconds: 1_200, accessTokenSeconds: 60 });
    const ada = await app.member(acme, 'viewer');
    const limits = async () =>
      app.sql('select idle_seconds, access_token_seconds, expires_at from sessions where id = $1', [
        sessionOf(ada),
      ]);
    const before = await limits();
    await policy({ idleSeconds: 6_000, absoluteSeconds: 12_000, accessTokenSeconds: 600 });
    expect(await limits()).toEqual(before);
    await refresh(ada).expect(200);
    const [after] = await limits();
    expect(after).toMatchObject({ idle_seconds: 600, expires_at: before[0]!.expires_at });
  });

  it('that changes while somebody signs in holds for them as well', async () => {
    const ada = await app.member(acme, 'viewer');
    for (let round = 0; round < rounds({ always: 3, nightly: 200 }); round += 1) {
      await policy({ idleSeconds: 7_200, absoluteSeconds: 7_200 });
      const [signedIn] = await Promise.all([
        app.signIn(ada.email, acme.slug),
        policy({ idleSeconds: 300, absoluteSeconds: 600 }),
      ]);
      const [row] = await app.sql<{ fits: boolean }>(
        `select idle_seconds = 300 and expires_at <= created_at + interval '600 seconds' as fits
           from sessions where id = $1`,
        [sessionOf(signedIn)],
      );
      expect(row).toEqual({ fits: true });
    }
  });

  it('is capped by the end that the identity provider set, and not stretched by a later one', async () => {
    const domain = `${acme.slug}.example`;
    await ownDomain(app, acme, domain);
    const federated = new FederatedSignIn(app);
    const connection = await federated.connect(acme);
    const { body } = await policy({ absoluteSeconds: 7_200 });
    const endWith = async (name: string, seconds: number) => {
      const notAfter = new Date(Date.now() + seconds * 1_000);
      await federated.signIn({ connection }, loginOf(name, `${name}@${domain}`, { notAfter }));
      const [row] = await app.sql<{ expires_at: Date; most: Date }>(
        `select s.expires_at, s.created_at + interval '2 hours' as most
           from sessions s join members m on m.id = s.member_id where m.email = $1`,
        [`${name}@${domain}`],
      );
      return { ...row!, notAfter };
    };
    expect(body.session.absoluteSeconds).toBe(7_200);
    const early = await endWith('ada', 1_800);
    expect(early.expires_at).toEqual(early.notAfter);
    const late = await endWith('bob', 30 * 86_400);
    expect(Math.abs(late.expires_at.getTime() - late.most.getTime())).toBeLessThan(60_000);
  });

  describe('with a limit of sessions', () => {
    it('ends the oldest for the newest, on the record', async () => {
      const first = await app.member(acme, 'viewer');
      const other = await app.member(acme, 'viewer');
      await policy({ maxConcurrent: 2 });
      const second = await app.signIn(first.email, acme.slug);
      await me(first).expect(200);
      const third = await browserOf(first.email);
      await me(first).expect(401);
      expect((await refresh(first).expect(401)).body.code).toBe('invalid_token');
      await me(second).expect(200);
      expect(await third.get()).toBe(200);
      await me(other).expect(200);
      const events = await app.auditEvents(acme.id, 'auth.session_ended');
      expect(events).toMatchObject([
        {
          actor_id: first.userId,
          target_id: sessionOf(first),
          data: { reason: 'too_many_sessions', memberId: first.memberId, limit: 2 },
        },
      ]);
    });

    it('does not count sessions that are over', async () => {
      await policy({ maxConcurrent: 2 });
      const ada = await app.member(acme, 'viewer');
      const left = await app.signIn(ada.email, acme.slug);
      await app.http(left.accessToken).post('/v1/auth/logout').expect(204);
      await app.signIn(ada.email, acme.slug);
      await me(ada).expect(200);
    });

    it('that is lowered ends what is too many, and says how many', async () => {
      const first = await app.member(acme, 'viewer');
      const next = await app.signIn(first.email, acme.slug);
      const last = await app.signIn(first.email, acme.slug);
      await policy({ maxConcurrent: 1 });
      await me(first).expect(401);
      await me(next).expect(401);
      await me(last).expect(200);
      const [event] = await app.auditEvents(acme.id, 'workspace.policy_updated');
      expect(event).toMatchObject({ data: { sessionsEnded: 2, after: { session: { maxConcurrent: 1 } } } });
    });

    it('is never passed, however many sign in at once', async () => {
      await policy({ maxConcurrent: 3 });
      const ada = await app.member(acme, 'viewer');
      for (let round = 0; round < rounds({ always: 1, nightly: 50 }); round += 1) {
        const people = await Promise.all(Array.from({ length: 12 }, () => app.signIn(ada.email, acme.slug)));
        const answers = await Promise.all(people.map((person) => me(person)));
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
      }
    });
  });
});

describe('An admin', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let ada: TestPerson;

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    ada = await app.member(acme, 'viewer');
  });

  const admin = () => app.http(acme.admin.accessToken);
  const sessionsOf = (memberId: string) => `/v1/members/${memberId}/sessions`;
  const signInFrom = async (userAgent: string) =>
    (
      await app
        .http()
        .post('/v1/auth/login')
        .set('user-agent', userAgent)
        .send({ email: ada.email, password: 'correct horse battery staple', workspace: acme.slug })
        .expect(200)
    ).body as TestPerson;

  it('sees where a member is signed in, and ends one session or all', async () => {
    const firefox = await signInFrom(
      'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    );
    const { body } = await admin().get(sessionsOf(ada.memberId)).expect(200);
    expect(body.data).toMatchObject([
      { device: 'Firefox on Linux', method: 'password', current: false },
      { device: null, current: false },
    ]);
    const { body: page } = await admin()
      .get(`${sessionsOf(ada.memberId)}?limit=1`)
      .expect(200);
    const { body: rest } = await admin()
      .get(`${sessionsOf(ada.memberId)}?limit=1&cursor=${page.nextCursor}`)
      .expect(200);
    expect(rest.data).toMatchObject([{ id: body.data[1].id }]);

    await admin()
      .delete(`${sessionsOf(ada.memberId)}/${body.data[0].id}`)
      .expect(204);
    await app.http(firefox.accessToken).get('/v1/auth/me').expect(401);
    await app.http(ada.accessToken).get('/v1/auth/me').expect(200);
    expect((await app.auditEvents(acme.id, 'auth.session_ended')).at(-1)).toMatchObject({
      actor_id: acme.admin.userId,
      target_id: body.data[0].id,
      data: { reason: 'ended_by_admin', memberId: ada.memberId },
    });
    await admin()
      .delete(`${sessionsOf(ada.memberId)}/${body.data[0].id}`)
      .expect(404);

    const { body: all } = await admin().delete(sessionsOf(ada.memberId)).expect(200);
    expect(all).toEqual({ ended: 1 });
    await app.http(ada.accessToken).get('/v1/auth/me').expect(401);
    expect((await admin().delete(sessionsOf(ada.memberId)).expect(200)).body).toEqual({ ended: 0 });
    await app.signIn(ada.email, acme.slug);
  });

  it('does so with an API key that has the scope, and nobody else does', async () => {
    const { body: key } = await admin()
      .post('/v1/api-keys')
      .send({ name: 'soc', scopes: ['members:read', 'members:write'] })
      .expect(201);
    const program = app.withKey(key.key as string);
    expect((await program.get(sessionsOf(ada.memberId)).expect(200)).body.data).toMatchObject([
      { current: false },
    ]);
    expect((await program.delete(sessionsOf(ada.memberId)).expect(200)).body).toEqual({ ended: 1 });

    const viewer = app.http((await app.member(acme, 'viewer')).accessToken);
    await viewer.get(sessionsOf(ada.memberId)).expect(403);
    await viewer.delete(sessionsOf(ada.memberId)).expect(403);
  });

  it('ends no session of one member in the name of another, and none elsewhere', async () => {
    const other = await app.member(acme, 'viewer');
    const { body } = await admin().get(sessionsOf(other.memberId)).expect(200);
    await admin()
      .delete(`${sessionsOf(ada.memberId)}/${body.data[0].id}`)
      .expect(404);
    const globex = await app.workspace();
    for (const call of [
      admin().get(sessionsOf(globex.admin.memberId)),
      admin().delete(sessionsOf(globex.admin.memberId)),
    ]) {
      expect((await call.expect(404)).body.detail).toBe('Member not found.');
    }
    await app.http(globex.admin.accessToken).get('/v1/auth/me').expect(200);
  });

  it('leaves to everybody the ending of their own other sessions, and what was about to become one', async () => {
    const here = await app.signIn(ada.email, acme.slug);
    const { factorId, app: phone } = await enrol(app, here.accessToken);
    const halfWay = await app
      .http()
      .post('/v1/auth/login')
      .send({ email: ada.email, password: PASSWORD, workspace: acme.slug })
      .expect(200);
    await app.sql(
      `insert into sign_in_codes (workspace_id, secret_hash, member_id, method, authenticated_at, expires_at)
       values ($1, '\\x01', $2, 'password', now(), now() + interval '1 minute')`,
      [acme.id, ada.memberId],
    );
    const { body } = await app.http(here.accessToken).delete('/v1/auth/sessions').expect(200);
    expect(body).toEqual({ ended: 1 });
    await app.http(ada.accessToken).get('/v1/auth/me').expect(401);
    await app.http(here.accessToken).get('/v1/auth/me').expect(200);
    const { mfaToken } = halfWay.body as { mfaToken: string };
    await app.http().post('/v1/auth/mfa/verify').send({ mfaToken, factorId, code: phone.next() }).expect(401);
    expect(
      await app.sql('select 1 from sign_in_codes where member_id = $1 and consumed_at is null', [
        ada.memberId,
      ]),
    ).toEqual([]);
    expect((await app.auditEvents(acme.id, 'auth.session_ended')).at(-1)).toMatchObject({
      actor_id: ada.userId,
      data: { reason: 'ended_by_owner', memberId: ada.memberId },
    });
  });
});
