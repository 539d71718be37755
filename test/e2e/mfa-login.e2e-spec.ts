import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { issueCredential, readCredential } from '../../src/crypto/credential';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { AuthenticatorApp, type Enrolled, enrol } from '../support/authenticator-app';
import { rounds } from '../support/rounds';

interface Asked {
  status: string;
  mfaToken: string;
  factors: { id: string; type: string }[];
  enrollmentRequired: boolean;
}

const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

describe('Signing in with a second factor', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  let enrolled: Enrolled;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({}, service);
    workspace = await service.workspace();
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    person = await service.member(workspace, 'editor');
    enrolled = await enrol(service, person.accessToken);
  });

  const ask = async (email = person.email, slug = workspace.slug): Promise<Asked> => {
    const input = { email, password: PASSWORD, workspace: slug };
    return (await service.http().post('/v1/auth/login').send(input).expect(200)).body as Asked;
  };
  const verify = (input: object, on = service) => on.http().post('/v1/auth/mfa/verify').send(input);
  const answer = async (code: string, { factorId = enrolled.factorId, on = service } = {}) =>
    verify({ mfaToken: (await ask()).mfaToken, factorId, code }, on);
  const failures = async () =>
    (await service.auditEvents(workspace.id, 'auth.login_failed'))
      .filter(({ actor_id }) => actor_id === person.userId)
      .map(({ data }) => data.reason);

  it('waits for a removal that is under way, and neither of them fails for the other', async () => {
    const { mfaToken } = await ask();
    const removing = new Client({ connectionString: service.databaseUrl });
    await removing.connect();
    try {
      await removing.query('begin');
      await removing.query('select from members where id = $1 for no key update', [person.memberId]);
      const { factorId, app } = enrolled;
      const verified = verify({ mfaToken, factorId, code: app.next() }).then((answered) => answered);
      await service.waiting();
      await removing.query('update members set removed_at = now() where id = $1', [person.memberId]);
      await removing.query('commit');
      expect(await verified).toMatchObject({ status: 401, body: { code: 'invalid_mfa_token' } });
    } finally {
      await removing.end();
    }
  });

  it('ends in tokens that say so, also after a refresh', async () => {
    const asked = await ask();
    expect(asked).toMatchObject({ status: 'mfa_required', enrollmentRequired: false });
    const { mfaToken } = asked;
    const { body } = await verify({
      mfaToken,
      factorId: enrolled.factorId,
      code: enrolled.app.next(),
    }).expect(200);
    expect(body).toEqual({
      status: 'authenticated',
      tokenType: 'Bearer',
      accessToken: expect.any(String),
      expiresIn: 300,
      refreshToken: expect.any(String),
      workspace: expect.objectContaining({ id: workspace.id }),
    });
    expect(claimsOf(body.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    const sessions = await service.http(body.accessToken).get('/v1/auth/sessions').expect(200);
    expect(sessions.body.data[0]).toMatchObject({ current: true, amr: ['pwd', 'otp', 'mfa'] });
    const { body: refreshed } = await service
      .http()
      .post('/v1/auth/refresh')
      .send({ refreshToken: body.refreshToken })
      .expect(200);
    expect(claimsOf(refreshed.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    const types = (await service.auditEvents(workspace.id))
      .filter(({ actor_id }) => actor_id === person.userId)
      .map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['auth.second_factor_asked', 'auth.login_succeeded']);
  });

  it('takes a code once, whichever instance it comes to and however many come at once', async () => {
    const code = enrolled.app.next();
    expect((await answer(code)).status).toBe(200);
    for (const on of [service, second]) {
      const { status, body } = await answer(code, { on });
      expect([status, body.code]).toEqual([401, 'invalid_code']);
    }
    expect(await failures()).toEqual(['code_used_before', 'code_used_before']);

    const fresh = enrolled.app.next();
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const answers = await Promise.all(
      asked.map(({ mfaToken }, index) =>
        verify({ mfaToken, factorId: enrolled.factorId, code: fresh }, index % 2 ? service : second),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(401)]);
  });

  it('takes the code of the setting-up as used', async () => {
    const newcomer = await service.member(workspace, 'viewer');
    const { body } = await service
      .http(newcomer.accessToken)
      .post('/v1/auth/factors')
      .send({ type: 'totp' })
      .expect(201);
    const code = new AuthenticatorApp(body.secret).code();
    await service
      .http(newcomer.accessToken)
      .post(`/v1/auth/factors/${body.id}/confirm`)
      .send({ code })
      .expect(200);
    const { mfaToken } = await ask(newcomer.email);
    await verify({ mfaToken, factorId: body.id, code }).expect(401);
  });

  it('does not go back in time: an earlier code is not taken after a later one', async () => {
    const { app } = enrolled;
    const [early, late] = [app.next(), app.next()];
    expect((await answer(late)).status).toBe(200);
    expect((await answer(early)).status).toBe(401);
  });

  it('lets one of many through who hold the same mfaToken, and nobody afterwards', async () => {
    const { mfaToken } = await ask();
    const codes = [enrolled.app.next(), enrolled.app.next()];
    const attempts = Array.from({ length: 20 }, (_, index) =>
      verify({ mfaToken, factorId: enrolled.factorId, code: codes[index % 2] }, index % 3 ? service : second),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(19);
    const { body } = await verify({
      mfaToken,
      factorId: enrolled.factorId,
      code: enrolled.app.code(),
    }).expect(401);
    expect(body.code).toBe('invalid_mfa_token');
  });

  it('forgives a mistyped digit, and not a token that ran out', async () => {
    const { mfaToken } = await ask();
    const { app, factorId } = enrolled;
    const { body } = await verify({ mfaToken, factorId, code: app.wrong() }).expect(401);
    expect([body.code, body.detail]).toEqual(['invalid_code', expect.not.stringMatching(/reason/)]);
    expect(await failures()).toEqual(['wrong_code']);
    await verify({ mfaToken, factorId, code: app.next() }).expect(200);

    const late = await ask();
    const longer = `select 1 from mfa_challenges where expires_at > now() + interval '5 minutes'`;
    expect(await service.sql(longer)).toEqual([]);
    await service.sql(`update mfa_challenges set expires_at = now() where consumed_at is null`);
    const answer = await verify({ mfaToken: late.mfaToken, factorId, code: app.next() }).expect(401);
    expect(answer.body.code).toBe('invalid_mfa_token');
  });

  it('takes nobody else’s factor and no token that is none', async () => {
    const other = await service.member(workspace, 'viewer');
    const theirs = await enrol(service, other.accessToken);
    const { mfaToken } = await ask();
    for (const factorId of [theirs.factorId, randomUUID()]) {
      const { body } = await verify({ mfaToken, factorId, code: theirs.app.next() }).expect(401);
      expect(body.code).toBe('invalid_code');
    }
    expect(await failures()).toEqual(['unknown_factor', 'unknown_factor']);
    const flipped = mfaToken.slice(0, -1) + (mfaToken.endsWith('a') ? 'b' : 'a');
    // With a checksum that is right: the secret alone is another.
    const guessed = issueCredential('ghm', workspace.id, readCredential('ghm', mfaToken)!.id).text;
    for (const token of ['x', flipped, guessed, person.refreshToken]) {
      const input = { mfaToken: token, factorId: enrolled.factorId, code: enrolled.app.code() };
      expect((await verify(input).expect(401)).body.code).toBe('invalid_mfa_token');
    }
    for (const wrong of [
      {},
      { mfaToken },
      { mfaToken, factorId: 'x', code: '1' },
      { mfaToken, factorId: enrolled.factorId, code: 123456 },
    ]) {
      expect((await verify(wrong).expect(400)).body.code).toBe('validation_failed');
    }
  });

  it('takes a recovery code once, of many at once too', async () => {
    const { factors } = await ask();
    const factorId = factors.find(({ type }) => type === 'recovery')!.id;
    const [first, next] = enrolled.recoveryCodes;
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const answers = await Promise.all(
      asked.map(({ mfaToken }, index) =>
        verify({ mfaToken, factorId, code: first }, index % 2 ? service : second),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await answer(next!.toLowerCase().replaceAll('-', ' '), { factorId })).status).toBe(200);
    expect((await answer(next!, { factorId })).status).toBe(401);
    const used = await service.auditEvents(workspace.id, 'auth.recovery_code_used');
    expect(used.filter(({ actor_id }) => actor_id === person.userId).map(({ data }) => data)).toEqual([
      { codesLeft: 9 },
      { codesLeft: 8 },
    ]);
  });

  it('takes each recovery code once, in however many races', async () => {
    let codes = enrolled.recoveryCodes;
    let { accessToken } = person;
    for (let round = 0; round < rounds({ always: 1, nightly: 200 }); round += 1) {
      if (codes.length === 0) {
        const { body } = await service.http(accessToken).post('/v1/auth/factors/recovery-codes').expect(200);
        codes = body.recoveryCodes as string[];
      }
      const [code, ...rest] = codes;
      codes = rest;
      const { mfaToken, factors } = await ask();
      const factorId = factors.find(({ type }) => type === 'recovery')!.id;
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          verify({ mfaToken, factorId, code }, index % 2 ? service : second),
        ),
      );
      const passed = answers.filter(({ status }) => status === 200);
      expect(passed).toHaveLength(1);
      ({ accessToken } = passed[0]!.body as { accessToken: string });
    }
  }, 600_000);

  it('does not let a removed member in who was half-way', async () => {
    const { mfaToken } = await ask();
    await service.http(workspace.admin.accessToken).delete(`/v1/members/${person.memberId}`).expect(204);
    const { body } = await verify({
      mfaToken,
      factorId: enrolled.factorId,
      code: enrolled.app.next(),
    }).expect(401);
    expect(body.code).toBe('invalid_mfa_token');
  });

  it('is not got around by an older session without one', async () => {
    const older = await service.member(workspace, 'viewer');
    const { accessToken, refreshToken } = await service.signIn(older.email, workspace.slug);
    await enrol(service, older.accessToken);
    const refused = await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(403);
    expect(refused.body.code).toBe('mfa_required');
    await service.http(accessToken).get('/v1/auth/me').expect(200);
    // The session that set the factor up has shown both.
    await service.http().post('/v1/auth/refresh').send({ refreshToken: older.refreshToken }).expect(200);
  });

  it('is not got around by way of another workspace', async () => {
    const other = await service.workspace();
    await service.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'viewer', 'invitation')`,
      [workspace.id, other.admin.userId, other.admin.email],
    );
    const there = other.admin;
    const here = await service.signIn(there.email, workspace.slug);
    const own = await enrol(service, here.accessToken);
    const intoWorkspace = (token: string) =>
      service.http(token).post('/v1/auth/switch').send({ workspace: workspace.slug });
    expect((await intoWorkspace(there.accessToken).expect(403)).body.code).toBe('mfa_required');
    // Nor does a factor that was set up over there count here.
    await enrol(service, there.accessToken);
    expect((await intoWorkspace(there.accessToken).expect(403)).body.code).toBe('mfa_required');
    const { mfaToken } = await ask(there.email);
    await verify({ mfaToken, factorId: own.factorId, code: own.app.next() }).expect(200);
  });
});

describe('A workspace that asks for second factors', () => {
  let service: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
  });

  const require = (required: string) =>
    service
      .http(workspace.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ mfa: { required } })
      .expect(200);
  const ask = async (email: string): Promise<Asked> =>
    (await service.http().post('/v1/auth/login').send({ email, password: PASSWORD }).expect(200))
      .body as Asked;
  const enroll = (mfaToken: string) => service.http().post('/v1/auth/mfa/enroll').send({ mfaToken });
  const verify = (input: object) => service.http().post('/v1/auth/mfa/verify').send(input);

  it('has people set one up on the way in', async () => {
    const viewer = await service.member(workspace, 'viewer');
    await require('all');
    const asked = await ask(viewer.email);
    expect(asked).toEqual({
      status: 'mfa_required',
      mfaToken: expect.any(String),
      factors: [],
      enrollmentRequired: true,
      enrollableFactors: ['totp', 'webauthn', 'sms'],
    });
    const { body } = await enroll(asked.mfaToken).expect(200);
    expect(body).toEqual({
      factorId: expect.any(String),
      type: 'totp',
      secret: expect.any(String),
      otpauthUrl: expect.stringMatching(/^otpauth:/),
    });
    const app = new AuthenticatorApp(body.secret);
    const { mfaToken } = asked;
    await verify({ mfaToken, factorId: body.factorId, code: app.wrong() }).expect(401);
    const tokens = await verify({ mfaToken, factorId: body.factorId, code: app.next() }).expect(200);
    expect(tokens.body).toMatchObject({ status: 'authenticated', recoveryCodes: expect.any(Array) });
    expect(claimsOf(tokens.body.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    expect(await service.auditEvents(workspace.id, 'auth.factor_enrolled')).toMatchObject([
      { actor_id: viewer.userId, target_id: body.factorId },
    ]);
    expect(await ask(viewer.email)).toMatchObject({ enrollmentRequired: false, factors: [{}, {}] });
  });

  it('asks admins alone, when it says so', async () => {
    const editor = await service.member(workspace, 'editor');
    await require('admins');
    expect((await ask(editor.email)).status).toBe('authenticated');
    expect(await ask(workspace.admin.email)).toMatchObject({ enrollmentRequired: true });
  });

  it('goes on with no session that was opened by a password alone', async () => {
    await require('admins');
    const { refreshToken } = workspace.admin;
    const { body } = await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(403);
    expect(body.code).toBe('mfa_required');
    await service.sql(`update workspace_policies set mfa_required = 'off' where workspace_id = $1`, [
      workspace.id,
    ]);
    await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);
  });

  it('does not let a password set up a second one beside the first', async () => {
    const viewer = await service.member(workspace, 'viewer');
    await require('all');
    const [first, other] = [await ask(viewer.email), await ask(viewer.email)];
    const mine = (await enroll(first.mfaToken).expect(200)).body;
    const theirs = (await enroll(other.mfaToken).expect(200)).body;
    const app = (secret: string) => new AuthenticatorApp(secret);
    // Each sign-in confirms its own.
    const crossed = { mfaToken: first.mfaToken, factorId: theirs.factorId, code: app(theirs.secret).code() };
    expect((await verify(crossed).expect(401)).body.code).toBe('invalid_code');
    const attempts = [
      { mfaToken: first.mfaToken, factorId: mine.factorId, code: app(mine.secret).code() },
      { mfaToken: other.mfaToken, factorId: theirs.factorId, code: app(theirs.secret).code() },
    ];
    const answers = await Promise.all(attempts.map(verify));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('factor_exists');
    expect((await enroll((await ask(viewer.email)).mfaToken).expect(409)).body.code).toBe('factor_exists');
  });

  it('begins anew when somebody asks for another seed', async () => {
    await require('all');
    const { mfaToken } = await ask(workspace.admin.email);
    const old = (await enroll(mfaToken).expect(200)).body;
    const fresh = (await enroll(mfaToken).expect(200)).body;
    const stale = { mfaToken, factorId: old.factorId, code: new AuthenticatorApp(old.secret).code() };
    await verify(stale).expect(401);
    await verify({
      mfaToken,
      factorId: fresh.factorId,
      code: new AuthenticatorApp(fresh.secret).code(),
    }).expect(200);
    await enroll(mfaToken).expect(401);
  });
});
