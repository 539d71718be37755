import { randomBytes } from 'node:crypto';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enforceSso } from '../support/enforcement';
import {
  enrolPasskey,
  type Misbehaviour,
  type Passkey,
  SoftwareAuthenticator,
} from '../support/software-authenticator';

type Json = Record<string, unknown>;

const APPLICATION = 'https://app.acme.test/signed-in';

const claimsOf = (token: string): Json =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Json;

describe('A passkey', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  let device: SoftwareAuthenticator;

  beforeAll(async () => {
    service = await startApp({ APP_REDIRECT_URIS: APPLICATION });
    second = await startApp({}, service);
    workspace = await service.workspace();
    device = new SoftwareAuthenticator(service.config.publicUrl);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    person = await service.member(workspace, 'editor');
  });

  const reasons = async () =>
    (await service.auditEvents(workspace.id, 'auth.login_failed'))
      .filter(({ actor_id }) => actor_id === person.userId)
      .map(({ data }) => data.reason);

  describe('alone', () => {
    let passkey: Passkey;
    let factorId: string;

    beforeEach(async () => {
      const made = await enrolPasskey(service, person.accessToken, { backupEligible: true });
      ({ passkey, factorId } = made);
    });

    const options = async (): Promise<Json> =>
      (await service.http().post('/v1/auth/passkey/options').send({}).expect(200)).body.options;
    const login = (body: object, on = service) => on.http().post('/v1/auth/passkey/login').send(body);
    const attempt = async (wrong: Misbehaviour = {}, by = passkey, more: object = {}) =>
      login({ credential: device.get(await options(), by, wrong), ...more });

    it('sign in, and count as several factors', async () => {
      const asked = await options();
      expect(asked).toMatchObject({ rpId: 'localhost', userVerification: 'required', allowCredentials: [] });
      const { body } = await login({ credential: device.get(asked, passkey) }, second).expect(200);
      expect(body).toMatchObject({ status: 'authenticated', workspace: { id: workspace.id } });
      expect(claimsOf(body.accessToken).amr).toEqual(['swk', 'user', 'mfa']);
      const sessions = await service.http(body.accessToken).get('/v1/auth/sessions').expect(200);
      expect(sessions.body.data[0]).toMatchObject({ current: true, method: 'passkey' });
      await service.http().post('/v1/auth/refresh').send({ refreshToken: body.refreshToken }).expect(200);
      const events = await service.auditEvents(workspace.id, 'auth.login_succeeded');
      expect(events.at(-1)).toMatchObject({ actor_id: person.userId, data: { method: 'passkey' } });
    });

    it('lead back to the application that the page was opened for, with a code and no session of ours', async () => {
      const send = async (redirectUri: string) =>
        service
          .http()
          .post('/login/passkey')
          .set('origin', service.config.publicUrl)
          .type('form')
          .send({
            credential: JSON.stringify(device.get(await options(), passkey)),
            destination: `/login?redirectUri=${encodeURIComponent(redirectUri)}&state=mine`,
          });
      const answer = await send(APPLICATION);
      expect(answer.status).toBe(303);
      expect(String(answer.headers['set-cookie'])).not.toContain('gatehouse_session');
      const back = new URL(answer.headers.location!);
      expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([APPLICATION, 'mine']);
      const code = back.searchParams.get('code');
      const { body } = await service.http().post('/v1/auth/token').send({ code }).expect(200);
      expect(claimsOf(body.accessToken)).toMatchObject({ sub: person.userId, amr: ['swk', 'user', 'mfa'] });

      const elsewhere = await send('https://evil.example/signed-in');
      expect(elsewhere.status).toBe(400);
      expect(elsewhere.headers.location).toBeUndefined();
    });

    it('lead to their own workspace, which may be named', async () => {
      expect((await attempt({}, passkey, { workspace: workspace.slug })).status).toBe(200);
      const other = await service.workspace();
      expect((await attempt({}, passkey, { workspace: other.slug })).status).toBe(401);
      expect(await reasons()).toEqual(['another_workspace']);
    });

    it.each<[string, Misbehaviour, string]>([
      ['that did not make sure who the person is', { userVerified: false }, 'user_not_verified'],
      ['of another site', { origin: 'https://evil.example' }, 'wrong_origin'],
      ['of another relying party', { rpId: 'evil.example' }, 'wrong_relying_party'],
      [
        'to a challenge of their own',
        { challenge: randomBytes(32).toString('base64url') },
        'unknown_challenge',
      ],
      ['signed by nobody', { signature: Buffer.alloc(70, 1) }, 'invalid_response'],
    ])('are refused with an answer %s', async (_, wrong, reason) => {
      const { status, body } = await attempt(wrong);
      expect([status, body.code]).toEqual([401, 'invalid_passkey']);
      expect(await reasons()).toEqual([reason]);
    });

    it('answer a challenge once, and not one that was for something else', async () => {
      const credential = device.get(await options(), passkey);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => login({ credential }, index % 2 ? service : second)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(401)]);
      const input = { email: person.email, password: PASSWORD, workspace: workspace.slug };
      const { mfaToken } = (await service.http().post('/v1/auth/login').send(input).expect(200)).body;
      const asked = await service
        .http()
        .post('/v1/auth/mfa/options')
        .send({ mfaToken, factorId })
        .expect(200);
      await login({ credential: device.get(asked.body.options, passkey) }).expect(401);
      const other = device.get(await options(), passkey);
      await service
        .http()
        .post('/v1/auth/mfa/verify')
        .send({ mfaToken, factorId, credential: other })
        .expect(401);
    });

    it('answer a challenge within five minutes', async () => {
      const credential = device.get(await options(), passkey);
      const longer = `select 1 from passkey_challenges where expires_at > now() + interval '5 minutes'`;
      expect(await service.sql(longer)).toEqual([]);
      await service.sql('update passkey_challenges set expires_at = now()');
      expect((await login({ credential }).expect(401)).body.code).toBe('invalid_passkey');
      expect(await reasons()).toEqual(['unknown_challenge']);
    });

    it('say nothing about who is known: whatever is wrong, the answer is the same', async () => {
      const nobody = { ...passkey, id: randomBytes(32).toString('base64url') };
      const nowhere = randomBytes(48).toString('base64url');
      const answers = [
        await attempt({}, nobody),
        await attempt({ userHandle: nowhere }),
        await attempt({ userHandle: null }),
        await attempt({ userHandle: 'c2hvcnQ' }),
        await attempt({ signature: Buffer.alloc(70, 1) }),
      ];
      for (const { status, body } of answers) expect([status, body.code]).toEqual([401, 'invalid_passkey']);
    });

    it('find no passkey of another workspace, not even with its handle', async () => {
      const other = await service.workspace();
      const theirs = await enrolPasskey(service, other.admin.accessToken);
      expect((await attempt({ userHandle: passkey.userHandle }, theirs.passkey)).status).toBe(401);
      expect((await attempt({ userHandle: theirs.passkey.userHandle })).status).toBe(401);
    });

    it('are found under the handle they were made for alone, not under that of a colleague', async () => {
      const colleague = await service.member(workspace, 'viewer');
      const theirs = await enrolPasskey(service, colleague.accessToken);
      const refused = await attempt({ userHandle: theirs.passkey.userHandle });
      expect([refused.status, refused.body.code]).toEqual([401, 'invalid_passkey']);
      expect((await attempt()).status).toBe(200);
    });

    it('open nothing any more for whoever was removed', async () => {
      await service.http(workspace.admin.accessToken).delete(`/v1/members/${person.memberId}`).expect(204);
      expect((await attempt()).status).toBe(401);
    });

    it('open nothing where the workspace allows none', async () => {
      const other = await service.workspace();
      const own = await enrolPasskey(service, other.admin.accessToken);
      const running = await attempt({}, own.passkey);
      const admin = service.http(other.admin.accessToken);
      await admin
        .patch('/v1/workspace/policy')
        .send({ mfa: { allowedFactors: ['totp'] } })
        .expect(200);
      const refused = await attempt({}, own.passkey);
      expect([refused.status, refused.body.code]).toEqual([403, 'factor_not_allowed']);
      expect(await service.auditEvents(other.id, 'auth.login_failed')).toMatchObject([
        { actor_id: other.admin.userId, data: { method: 'passkey', code: 'factor_not_allowed' } },
      ]);
      // What was opened before goes on, as every session that has shown a factor does.
      const { refreshToken } = running.body;
      await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);
    });

    it('open nothing where people come through their identity provider, except for break-glass admins', async () => {
      const strict = await service.workspace();
      const { passkey: theirs } = await enrolPasskey(service, strict.admin.accessToken);
      const breakGlass = await enforceSso(service, strict);
      const refused = await attempt({}, theirs);
      expect([refused.status, refused.body.code]).toEqual([403, 'sso_required']);
      const own = await enrolPasskey(service, breakGlass.accessToken);
      expect((await attempt({}, own.passkey)).status).toBe(200);
      expect(await service.auditEvents(strict.id, 'auth.break_glass_used')).toHaveLength(1);
    });

    it('do not carry over into another workspace', async () => {
      const { body } = await attempt();
      const other = await service.workspace();
      await service.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         values ($1, $2, $3, $3, 'viewer', 'invitation')`,
        [other.id, person.userId, person.email],
      );
      const moved = await service
        .http(body.accessToken)
        .post('/v1/auth/switch')
        .send({ workspace: other.slug });
      expect([moved.status, moved.body.code]).toEqual([403, 'reauthentication_required']);
    });
  });
});
