import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { AuthenticatorApp, enrol } from '../support/authenticator-app';

describe('Second factors of one’s own', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  let http: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    person = await service.member(workspace, 'editor');
    http = service.http(person.accessToken);
  });

  const add = (body: object = { type: 'totp' }) => http.post('/v1/auth/factors').send(body);
  const confirm = (id: string, code: string) => http.post(`/v1/auth/factors/${id}/confirm`).send({ code });
  interface Listed {
    type: string;
    lastUsedAt: string | null;
  }
  const list = async () => (await http.get('/v1/auth/factors').expect(200)).body.data as Listed[];
  const login = () => service.http().post('/v1/auth/login').send({ email: person.email, password: PASSWORD });
  const grow = (minutes: number) =>
    service.sql(
      `update sessions set authenticated_at = now() - make_interval(mins => $2) where member_id = $1`,
      [person.memberId, minutes],
    );
  const events = async (type: string) =>
    (await service.auditEvents(workspace.id, type)).filter(({ actor_id }) => actor_id === person.userId);

  it('begin with a seed that is shown once, and count when a first code comes back', async () => {
    const { body } = await add({ type: 'totp', name: 'Phone' }).expect(201);
    expect(body).toEqual({
      id: expect.any(String),
      type: 'totp',
      name: 'Phone',
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      otpauthUrl: expect.stringContaining(`secret=${body.secret}`),
    });
    const url = new URL(body.otpauthUrl);
    expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual([
      'otpauth:',
      'totp',
      `/${workspace.slug}:${person.email}`,
    ]);
    expect(url.searchParams.get('issuer')).toBe(workspace.slug);
    expect(await list()).toEqual([
      {
        id: body.id,
        type: 'totp',
        name: 'Phone',
        createdAt: expect.any(String),
        confirmedAt: null,
        lastUsedAt: null,
      },
    ]);
    expect((await login().expect(200)).body.status).toBe('authenticated');

    const confirmed = await confirm(body.id, new AuthenticatorApp(body.secret).code()).expect(200);
    expect(confirmed.body).toMatchObject({ id: body.id, type: 'totp', confirmedAt: expect.any(String) });
    expect(new Set(confirmed.body.recoveryCodes).size).toBe(10);
    for (const code of confirmed.body.recoveryCodes) expect(code).toMatch(/^(\w{5}-){4}\w{5}$/);
    expect((await list()).map(({ type }) => type)).toEqual(['totp', 'recovery']);
    expect((await login().expect(200)).body).toEqual({
      status: 'mfa_required',
      mfaToken: expect.stringMatching(/^ghm_/),
      factors: [
        { id: body.id, type: 'totp' },
        { id: expect.any(String), type: 'recovery' },
      ],
      enrollmentRequired: false,
    });
    expect(await events('auth.factor_enrolment_begun')).toMatchObject([{ target_id: body.id, risk: 'low' }]);
    expect(await events('auth.factor_enrolled')).toMatchObject([
      { target_id: body.id, risk: 'medium', data: { factor: 'totp', name: 'Phone' } },
    ]);
  });

  it('leave neither seed nor recovery codes in the clear, in a table or in the log', async () => {
    const { body } = await add().expect(201);
    const app = new AuthenticatorApp(body.secret);
    const { recoveryCodes } = (await confirm(body.id, app.code()).expect(200)).body;
    const [stored] = await service.sql<{ everything: string }>(
      `select concat((select jsonb_agg(f) from factors f), (select jsonb_agg(s) from secrets s),
                     (select jsonb_agg(r) from recovery_codes r), (select jsonb_agg(a) from audit_events a)) as everything`,
    );
    for (const secret of [body.secret, ...recoveryCodes]) expect(stored!.everything).not.toContain(secret);
    const admin = service.http(workspace.admin.accessToken);
    expect((await admin.get('/v1/secrets').expect(200)).body.data).toEqual([]);
  });

  it('are of the types there are', async () => {
    for (const body of [{}, { type: 'carrier pigeon' }, { type: 'totp', name: '' }, { type: 'totp', x: 1 }]) {
      expect((await add(body).expect(400)).body.code).toBe('validation_failed');
    }
    await service.http().post('/v1/auth/factors').send({ type: 'totp' }).expect(401);
  });

  it('are what the workspace allows', async () => {
    const strict = await service.workspace();
    const admin = service.http(strict.admin.accessToken);
    await admin
      .patch('/v1/workspace/policy')
      .send({ mfa: { allowedFactors: ['webauthn'] } })
      .expect(200);
    const { body } = await admin.post('/v1/auth/factors').send({ type: 'totp' }).expect(409);
    expect(body.code).toBe('factor_not_allowed');
  });

  it('are what the workspace allows when they are confirmed, too, and until then the session has shown nothing', async () => {
    const strict = await service.workspace();
    const admin = service.http(strict.admin.accessToken);
    const allow = (allowedFactors: string[]) =>
      admin.patch('/v1/workspace/policy').send({ mfa: { allowedFactors } }).expect(200);
    const { body: begun } = await admin.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
    const app = new AuthenticatorApp(begun.secret);
    const answer = () => admin.post(`/v1/auth/factors/${begun.id}/confirm`).send({ code: app.code() });

    await allow(['webauthn']);
    expect((await answer().expect(409)).body.code).toBe('factor_not_allowed');
    expect(
      await service.sql(
        `select confirmed_at, (select count(*)::int from sessions where member_id = f.member_id and 'mfa' = any (amr)) as raised
           from factors f where id = $1`,
        [begun.id],
      ),
    ).toEqual([{ confirmed_at: null, raised: 0 }]);
    await allow(['totp', 'webauthn']);
    await answer().expect(200);
  });

  it('are not confirmed by a wrong code, twice, too late, or by somebody else', async () => {
    const { body } = await add().expect(201);
    const app = new AuthenticatorApp(body.secret);
    for (const code of [app.wrong(), app.code(3), 'abcdef']) {
      expect((await confirm(body.id, code).expect(400)).body.code).toBe('invalid_code');
    }
    const other = service.http(workspace.admin.accessToken);
    await other.post(`/v1/auth/factors/${body.id}/confirm`).send({ code: app.code() }).expect(404);
    await confirm(body.id, app.next()).expect(200);
    expect((await confirm(body.id, app.next()).expect(409)).body.code).toBe('factor_confirmed');

    const late = (await add().expect(201)).body;
    await service.sql(`update factors set created_at = now() - interval '16 minutes' where id = $1`, [
      late.id,
    ]);
    await confirm(late.id, new AuthenticatorApp(late.secret).code()).expect(404);
    await add().expect(201);
    expect(await service.sql('select 1 from factors where id = $1', [late.id])).toEqual([]);
  });

  it('bring recovery codes with the first one only', async () => {
    await enrol(service, person.accessToken);
    expect((await enrol(service, person.accessToken)).recoveryCodes).toBeUndefined();
    expect((await list()).map(({ type }) => type).sort()).toEqual(['recovery', 'totp', 'totp']);
  });

  it('make way for the next one when they were begun and never finished, and at no other time', async () => {
    const { factorId } = await enrol(service, person.accessToken);
    const { body: begun } = await add().expect(201);
    await service.sql(`update factors set created_at = now() - interval '1 hour' where member_id = $1`, [
      person.memberId,
    ]);
    const { body: next } = await add().expect(201);
    const ids = (await list()).map((factor) => (factor as { id?: string }).id);
    expect(ids).toHaveLength(3);
    expect(ids).toEqual(expect.arrayContaining([factorId, next.id]));
    expect(ids).not.toContain(begun.id);
  });

  it('are ten at most', async () => {
    await enrol(service, person.accessToken);
    for (let made = 2; made < 10; made += 1) await add().expect(201);
    await service.sql(`update factors set confirmed_at = now() where member_id = $1`, [person.memberId]);
    expect((await add().expect(409)).body.code).toBe('too_many_factors');
  });

  it('that were begun and given up stand in the way of nobody: the oldest one goes', async () => {
    const { body: first } = await add().expect(201);
    for (let made = 1; made < 12; made += 1) await add().expect(201);
    const begun = await service.sql<{ id: string }>('select id from factors where member_id = $1', [
      person.memberId,
    ]);
    expect(begun).toHaveLength(10);
    expect(begun.map(({ id }) => id)).not.toContain(first.id);
  });

  it('are changed only by somebody who has just signed in', async () => {
    const { factorId } = await enrol(service, person.accessToken);
    await grow(16);
    const answers = [
      await add(),
      await http.delete(`/v1/auth/factors/${factorId}`),
      await http.post('/v1/auth/factors/recovery-codes'),
    ];
    for (const { status, body, headers } of answers) {
      expect([status, body.code]).toEqual([401, 'reauthentication_required']);
      expect(headers['www-authenticate']).toMatch(/error="insufficient_user_authentication".*max_age="900"/);
    }
    await grow(14);
    await http.delete(`/v1/auth/factors/${factorId}`).expect(204);
  });

  it('are changed by no session that began before there was one, until it has shown it', async () => {
    const before = await service.signIn(person.email, workspace.slug);
    const earlier = service.http(before.accessToken);
    const begun = await earlier.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
    const { factorId, app } = await enrol(service, person.accessToken);
    for (const answer of [
      await earlier.post('/v1/auth/factors').send({ type: 'totp' }),
      await earlier
        .post(`/v1/auth/factors/${begun.body.id}/confirm`)
        .send({ code: new AuthenticatorApp(begun.body.secret).next() }),
      await earlier.post('/v1/auth/factors/recovery-codes'),
      await earlier.patch(`/v1/auth/factors/${factorId}`).send({ name: 'Old phone' }),
      await earlier.delete(`/v1/auth/factors/${factorId}`),
    ])
      expect([answer.status, answer.body.code]).toEqual([401, 'reauthentication_required']);
    await earlier.post('/v1/auth/reauthenticate').send({ factorId, code: app.next() }).expect(200);
    await earlier.delete(`/v1/auth/factors/${factorId}`).expect(204);
  });

  it('are set up by one of two sessions that confirm the first one at the same moment', async () => {
    const other = await service.signIn(person.email, workspace.slug);
    const begun = await Promise.all(
      [person, other].map(async ({ accessToken }) => {
        const agent = service.http(accessToken);
        const { body } = await agent.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
        return { agent, id: body.id as string, code: new AuthenticatorApp(body.secret as string).code() };
      }),
    );
    const client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('select from members where id = $1 for update', [person.memberId]);
    const confirmed = begun.map(({ agent, id, code }) =>
      agent
        .post(`/v1/auth/factors/${id}/confirm`)
        .send({ code })
        .then(({ status, body }) => [status, body.code] as [number, string | undefined]),
    );
    await service.waiting(2);
    await client.query('commit');
    await client.end();
    expect((await Promise.all(confirmed)).sort(([one], [two]) => one - two)).toEqual([
      [200, undefined],
      [401, 'reauthentication_required'],
    ]);
  });

  it('have been shown by a session that confirms the first one while it is proved by the password', async () => {
    await service.app.get(DeviceWatch, { strict: false }).settled();
    const { body } = await add().expect(201);
    const code = new AuthenticatorApp(body.secret as string).code();
    const client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('select from sessions where member_id = $1 for update', [person.memberId]);
    const statusOf = ({ status }: { status: number }) => status;
    const confirmed = http.post(`/v1/auth/factors/${body.id}/confirm`).send({ code }).then(statusOf);
    await service.waiting(1);
    const proved = http.post('/v1/auth/reauthenticate').send({ password: PASSWORD }).then(statusOf);
    await service.waiting(2);
    await client.query('commit');
    await client.end();
    expect(await Promise.all([confirmed, proved])).toEqual([200, 200]);
    const { refreshToken } = person;
    await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);
    const { body: sessions } = await http.get('/v1/auth/sessions').expect(200);
    expect(sessions.data[0].amr).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('go with their recovery codes and their seed, and then a password is enough again', async () => {
    const { factorId } = await enrol(service, person.accessToken);
    const seeds = () =>
      service.sql(`select 1 from secrets where purpose = 'totp_seed' and workspace_id = $1`, [workspace.id]);
    const before = (await seeds()).length;
    await http.delete(`/v1/auth/factors/${factorId}`).expect(204);
    await http.delete(`/v1/auth/factors/${factorId}`).expect(404);
    expect(await list()).toEqual([]);
    expect((await seeds()).length).toBe(before - 1);
    expect((await login().expect(200)).body.status).toBe('authenticated');
    expect(await events('auth.factor_removed')).toMatchObject([
      { target_id: factorId, data: { factor: 'totp' } },
    ]);
  });

  it('get new recovery codes on demand, which end the old ones', async () => {
    expect((await http.post('/v1/auth/factors/recovery-codes').expect(409)).body.code).toBe('no_factor');
    const { recoveryCodes } = await enrol(service, person.accessToken);
    const { body } = await http.post('/v1/auth/factors/recovery-codes').expect(200);
    expect(body.recoveryCodes).toHaveLength(10);
    const signIn = async (code: string) => {
      const asked = (await login().expect(200)).body;
      const factorId = asked.factors.find(({ type }: { type: string }) => type === 'recovery').id;
      return service.http().post('/v1/auth/mfa/verify').send({ mfaToken: asked.mfaToken, factorId, code });
    };
    const lastUse = async () => (await list()).find(({ type }) => type === 'recovery')!.lastUsedAt;
    expect((await signIn(recoveryCodes[0]!)).status).toBe(401);
    expect(await lastUse()).toBeNull();
    expect((await signIn(body.recoveryCodes[0])).status).toBe(200);
    expect(await lastUse()).toEqual(expect.any(String));
    expect(await events('auth.recovery_codes_replaced')).toHaveLength(1);
  });

  it('belong to the member: no other person, and no other workspace, sees or removes them', async () => {
    const { factorId } = await enrol(service, person.accessToken);
    const colleague = service.http(workspace.admin.accessToken);
    expect((await colleague.get('/v1/auth/factors').expect(200)).body.data).toEqual([]);
    for (const id of [factorId, randomUUID()]) {
      expect((await colleague.delete(`/v1/auth/factors/${id}`).expect(404)).body.code).toBe('not_found');
    }
  });
});
