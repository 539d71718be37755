import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { AuthenticatorApp, enrol, type Enrolled } from '../support/authenticator-app';
import { NamedCalls } from '../support/named-calls';

describe('Guessing codes', () => {
  let service: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    service = await startApp({ RATE_LIMITS: 'on' });
    second = await startApp({ RATE_LIMITS: 'on' }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });

  it('stops after ten, over all instances, whatever the code is then; the log has the end of it once', async () => {
    const { id, admin } = await service.workspace();
    const { app, factorId } = await enrol(service, admin.accessToken);
    const { body } = await service
      .http()
      .post('/v1/auth/login')
      .send({ email: admin.email, password: PASSWORD })
      .expect(200);
    const attempt = (code: string, on: TestApp) =>
      on.http().post('/v1/auth/mfa/verify').send({ mfaToken: body.mfaToken, factorId, code });
    const wrong = app.wrong();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => attempt(wrong, index % 2 ? service : second)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
    const stopped = await attempt(app.next(), service);
    expect([stopped.status, stopped.body.code]).toEqual([429, 'rate_limited']);
    expect(stopped.headers['retry-after']).toMatch(/^\d+$/);
    const reasons = (await service.auditEvents(id, 'auth.login_failed')).map(({ data }) => data.reason);
    expect(reasons.filter((reason) => reason === 'wrong_code')).toHaveLength(10);
    expect(reasons.filter((reason) => reason === 'too_many_failures')).toHaveLength(1);

    await service.sql(`update sign_in_attempts set resets_at = now() - interval '1 second'`);
    await attempt(app.next(), service).expect(200);
  });

  describe('counts', () => {
    let workspace: TestWorkspace;
    let enrolled: Enrolled;
    beforeEach(async () => {
      workspace = await service.workspace();
      enrolled = await enrol(service, workspace.admin.accessToken);
    });
    const asked = async () => {
      const login = { email: workspace.admin.email, password: PASSWORD };
      const { body } = await service.http().post('/v1/auth/login').send(login).expect(200);
      return (code: string, factorId = enrolled.factorId) =>
        service.http().post('/v1/auth/mfa/verify').send({ mfaToken: body.mfaToken, factorId, code });
    };
    const recoverySet = async (): Promise<string> => {
      const [set] = await service.sql<{ id: string }>(
        `select id from factors where member_id = $1 and type = 'recovery'`,
        [workspace.admin.memberId],
      );
      return set!.id;
    };
    const guess = async (times: number, expected = 401) => {
      const attempt = await asked();
      for (let guesses = 0; guesses < times; guesses += 1)
        await attempt(enrolled.app.wrong()).expect(expected);
    };

    it('from the last success on', async () => {
      await guess(9);
      await (await asked())(enrolled.app.next()).expect(200);
      await guess(10);
      await guess(1, 429);
    });

    it('no failure of the service', async () => {
      const attempt = await asked();
      await new NamedCalls(service, workspace.admin).whileTable(
        ...(['factors', 'update', `raise exception 'it fails';`] as const),
        async () => void (await attempt(enrolled.app.next()).expect(500)),
      );
      await guess(10);
      await guess(1, 429);
    });

    it('what comes within a quarter of an hour of the first, for each kind of factor by itself', async () => {
      await guess(1);
      await service.sql(`update sign_in_attempts set resets_at = now() + interval '1 minute'`);
      await guess(9);
      const late = await (await asked())(enrolled.app.wrong()).expect(429);
      expect(Number(late.headers['retry-after'])).toBeLessThanOrEqual(60);
      await (await asked())(enrolled.recoveryCodes[0]!, await recoverySet()).expect(200);
    });

    it('a recovery code of somebody else as wrong, and leaves it to them', async () => {
      const other = await service.member(workspace, 'viewer');
      const { recoveryCodes } = await enrol(service, other.accessToken);
      await (await asked())(recoveryCodes[0]!, await recoverySet()).expect(401);
      expect(
        await service.sql('select 1 from recovery_codes where used_at is not null and workspace_id = $1', [
          workspace.id,
        ]),
      ).toEqual([]);
    });
  });

  it('is no different while a factor is being confirmed', async () => {
    const { admin } = await service.workspace();
    const http = service.http(admin.accessToken);
    const { body } = await http.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
    const app = new AuthenticatorApp(body.secret);
    const confirm = (code: string) => http.post(`/v1/auth/factors/${body.id}/confirm`).send({ code });
    for (let guess = 0; guess < 10; guess += 1) await confirm(app.wrong()).expect(400);
    await confirm(app.next()).expect(429);
  });
});
