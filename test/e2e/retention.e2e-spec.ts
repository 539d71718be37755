import { Client } from 'pg';
import { Clearance, outdated } from '../../src/schedule/clearance';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';

describe('What has long been over', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let ada: TestPerson;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    acme = await app.workspace();
    ada = await app.member(acme, 'editor');
  });

  const run = (job: string) => app.app.get(Schedule).run(job, new Date());
  const sessionOf = ({ accessToken }: { accessToken: string }) =>
    (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  const overSince = (person: { accessToken: string }, days: number) =>
    app.sql(
      `update sessions set last_used_at = now() - make_interval(days => $2 + 1),
              ended_at = now() - make_interval(days => $2), end_reason = 'test'
        where id = $1`,
      [sessionOf(person), days],
    );
  const kept = async (person: { accessToken: string }) =>
    (
      await app.sql<{ sessions: number; tokens: number }>(
        `select (select count(*)::int from sessions where id = $1) as sessions,
                (select count(*)::int from refresh_tokens where session_id = $1) as tokens`,
        [sessionOf(person)],
      )
    )[0];
  const admin = () => app.http(acme.admin.accessToken);
  const refresh = ({ refreshToken }: { refreshToken: string }) =>
    app.http().post('/v1/auth/refresh').send({ refreshToken });

  it('leaves portion by portion, however much it is: no statement runs into its time limit', async () => {
    const guarded = ['sign_in_attempts', 'sign_in_codes'];
    await app.sql(`
      create function test_refuse_many() returns trigger language plpgsql as $$ begin
        if (select count(*) from gone) > 5000 then raise exception 'too many rows at once'; end if;
        return null;
      end $$`);
    for (const table of guarded)
      await app.sql(
        `create trigger test_refuse_many after delete on ${table} referencing old table as gone
           for each statement execute function test_refuse_many()`,
      );
    await app.sql(
      `insert into sign_in_attempts (key, attempts, resets_at)
       select int4send(n), 1, now() - interval '2 hours' from generate_series(1, 5001) n`,
    );
    await app.sql(
      `insert into sign_in_codes (workspace_id, id, secret_hash, member_id, method, authenticated_at, expires_at)
       select $1, gen_random_uuid(), 'x', $2, 'saml', now(), now() - interval '2 days'
         from generate_series(1, 5001) n`,
      [acme.id, acme.admin.memberId],
    );
    await run('auth.forget_sign_ins');
    const left = await app.sql<{ attempts: number; codes: number }>(
      `select (select count(*)::int from sign_in_attempts where resets_at < now() - interval '1 hour') as attempts,
              (select count(*)::int from sign_in_codes where expires_at < now() - interval '1 day') as codes`,
    );
    expect(left).toEqual([{ attempts: 0, codes: 0 }]);
    for (const table of guarded) await app.sql(`drop trigger test_refuse_many on ${table}`);
    await app.sql('drop function test_refuse_many');
  });

  describe('of sessions', () => {
    it('leaves after thirty days, and their tokens with them', async () => {
      const [older, idle, recent] = [ada, await app.signIn(ada.email), await app.signIn(ada.email)];
      const live = await app.signIn(ada.email);
      await overSince(older, 31);
      // Nobody ended it: it was idle for too long.
      await app.sql(
        `update sessions set last_used_at = now() - interval '33 days', idle_seconds = 86400,
                expires_at = now() + interval '300 days' where id = $1`,
        [sessionOf(idle)],
      );
      // Nor this one: it had its time, and was used to the end.
      const spent = await app.signIn(ada.email);
      await app.sql(
        `update sessions set created_at = now() - interval '60 days', last_used_at = now() - interval '32 days',
                idle_seconds = 86400 * 300, expires_at = now() - interval '31 days' where id = $1`,
        [sessionOf(spent)],
      );
      await overSince(recent, 29);
      await run('auth.forget_sessions');
      expect(await kept(older)).toEqual({ sessions: 0, tokens: 0 });
      expect(await kept(idle)).toEqual({ sessions: 0, tokens: 0 });
      expect(await kept(spent)).toEqual({ sessions: 0, tokens: 0 });
      expect(await kept(recent)).toEqual({ sessions: 1, tokens: 1 });
      expect(await kept(live)).toEqual({ sessions: 1, tokens: 1 });
      const events = await app.auditEvents(acme.id, 'auth.login_succeeded');
      expect(events.map(({ target_id }) => target_id)).toContain(sessionOf(older));
    });

    it('leaves with all of its tokens on the same day, however many there are', async () => {
      const later = await app.signIn(ada.email);
      await overSince(ada, 31);
      await app.sql(
        `insert into refresh_tokens (workspace_id, session_id, secret_hash, used_at)
         select $1, $2, sha256(n::text::bytea), now() from generate_series(1, 5001) n`,
        [acme.id, sessionOf(ada)],
      );
      await run('auth.forget_sessions');
      expect(await kept(ada)).toEqual({ sessions: 0, tokens: 0 });
      expect(await kept(later)).toEqual({ sessions: 1, tokens: 1 });
    });

    it('but not the last one, which tells when somebody was last seen, nor what a receipt says', async () => {
      const other = await app.signIn(ada.email);
      await admin().delete(`/v1/members/${ada.memberId}`).expect(204);
      const look = async () => ({
        receipt: (await admin().get(`/v1/members/${ada.memberId}/offboarding`).expect(200)).body,
        lastSeenAt: (await admin().get(`/v1/members/${ada.memberId}`).expect(200)).body.lastSeenAt,
      });
      await overSince(ada, 60);
      await overSince(other, 50);
      const before = await look();
      expect(JSON.stringify(before.receipt)).toContain(sessionOf(ada));
      await run('auth.forget_sessions');
      expect(await kept(ada)).toEqual({ sessions: 0, tokens: 0 });
      expect(await kept(other)).toEqual({ sessions: 1, tokens: 0 });
      expect(await look()).toEqual(before);
    });

    it('but no token of one that lives: however old, it is known when it comes again', async () => {
      const { body: next } = await refresh(ada).expect(200);
      await app.sql(
        `update refresh_tokens set created_at = now() - interval '200 days', used_at = now() - interval '199 days'
          where session_id = $1 and used_at is not null`,
        [sessionOf(ada)],
      );
      await app.sql(`update sessions set created_at = now() - interval '200 days' where id = $1`, [
        sessionOf(ada),
      ]);
      for (const job of ['auth.forget_sessions', 'auth.forget_sign_ins']) await run(job);
      expect((await refresh(ada).expect(401)).body.code).toBe('refresh_reused');
      await refresh(next).expect(401);
    });
  });

  it('leaves of sign-ins that got half-way, of counters, and of devices nobody came back with', async () => {
    await enrol(app, ada.accessToken);
    const halfWay = () =>
      app.http().post('/v1/auth/login').send({ email: ada.email, password: 'correct horse battery staple' });
    await halfWay().expect(200);
    await app.sql(`update mfa_challenges set expires_at = now() - interval '25 hours' where member_id = $1`, [
      ada.memberId,
    ]);
    await app.sql(`insert into mfa_challenges (workspace_id, member_id, secret_hash, expires_at)
                   values ('${acme.id}', '${ada.memberId}', '\\x00', now() - interval '1 hour')`);
    await app.sql(`insert into sign_in_attempts (key, attempts, resets_at)
                   values ('\\x01', 3, now() - interval '2 hours'), ('\\x02', 3, now() + interval '2 hours')`);
    await app.sql(`insert into known_devices (user_id, device_hash, last_seen_at)
                   values ('${ada.userId}', '\\x01', now() - interval '401 days'),
                          ('${ada.userId}', '\\x02', now() - interval '399 days')`);
    for (const job of ['auth.forget_sign_ins', 'auth.forget_devices']) await run(job);
    const left = await app.sql(
      `select (select count(*)::int from mfa_challenges where member_id = $1) as challenges,
              (select array_agg(encode(key, 'hex')) from sign_in_attempts) as counters,
              (select count(*)::int from known_devices where device_hash in ('\\x01', '\\x02')) as devices`,
      [ada.memberId],
    );
    expect(left).toEqual([{ challenges: 1, counters: ['02'], devices: 1 }]);
  });

  it('stays for the next time once the service is to stop', async () => {
    await app.sql(
      `insert into passkey_challenges (hash, expires_at) values ('x', now() - interval '2 days')`,
    );
    const old = outdated('passkey_challenges', 'expires_at < now()');
    const left = () => app.sql('select hash from passkey_challenges');
    const clearance = app.app.get(Clearance);
    await clearance.outside([old], AbortSignal.abort());
    expect(await left()).toHaveLength(1);
    await clearance.outside([old], new AbortController().signal);
    expect(await left()).toEqual([]);
  });

  it('stays where somebody has just renewed it', async () => {
    const device = await app.sql<{ id: string }>(
      `insert into member_devices (workspace_id, member_id, key_hash, last_seen_at)
       values ($1, $2, 'x', now() - interval '401 days') returning id`,
      [acme.id, ada.memberId],
    );
    const client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('update member_devices set last_seen_at = now() where id = $1', [device[0]!.id]);
    const cleared = run('auth.forget_devices');
    await app.waiting();
    await client.query('commit');
    await client.end();
    await cleared;
    expect(await app.sql('select id from member_devices where id = $1', [device[0]!.id])).toEqual(device);
  });

  it('leaves of invitations after a year', async () => {
    const invite = async (email: string) =>
      (await admin().post('/v1/invitations').send({ email, role: 'viewer' }).expect(201)).body.id as string;
    const [old, young, open] = [await invite('a@x.test'), await invite('b@x.test'), await invite('c@x.test')];
    const [taken, takenLate] = [await invite('d@x.test'), await invite('e@x.test')];
    const accepted = (id: string, ago: string) =>
      app.sql(
        `update invitations set accepted_at = now() - $2::interval, expires_at = now() - interval '400 days'
          where id = $1`,
        [id, ago],
      );
    await accepted(taken, '1 year 1 minute');
    await accepted(takenLate, '1 year -1 minute');
    await app.sql(`update invitations set revoked_at = now() - interval '366 days' where id = $1`, [old]);
    await app.sql(`update invitations set expires_at = now() - interval '364 days' where id = $1`, [young]);
    await run('members.forget_invitations');
    const left = await app.sql<{ id: string }>(
      'select id from invitations where workspace_id = $1 order by id',
      [acme.id],
    );
    expect(left.map(({ id }) => id)).toEqual([young, open, takenLate].sort());
  });
});
