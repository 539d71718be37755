import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { rounds } from '../support/rounds';
import { codeIn, messagesTo } from '../support/text-messages';

let dialled = 0;
const freshNumber = () => `+4915112${String((dialled += 1)).padStart(6, '0')}`;
const wrongFor = (code: string) => (code === '123456' ? '654321' : '123456');

interface Asked {
  mfaToken: string;
  factors: { id: string; type: string }[];
}

describe('Codes by text message', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  let number: string;
  let http: ReturnType<TestApp['http']>;

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
    http = service.http(person.accessToken);
    number = freshNumber();
  });

  const add = (phone?: string) => http.post('/v1/auth/factors').send({ type: 'sms', phone });
  const confirm = (id: string, code: string) => http.post(`/v1/auth/factors/${id}/confirm`).send({ code });
  const lastCode = () => codeIn(messagesTo(service, number).at(-1)!);
  const enrolled = async (): Promise<string> => {
    const { body } = await add(number).expect(201);
    await confirm(body.id, lastCode()).expect(200);
    return body.id as string;
  };
  const ask = async (): Promise<Asked> => {
    const input = { email: person.email, password: PASSWORD, workspace: workspace.slug };
    return (await service.http().post('/v1/auth/login').send(input).expect(200)).body as Asked;
  };
  const send = (mfaToken: string, factorId: string) =>
    service.http().post('/v1/auth/mfa/send').send({ mfaToken, factorId });
  const verify = (input: object, on = service) => on.http().post('/v1/auth/mfa/verify').send(input);

  it('are set up with the first of them, and the number is shown by its ends alone', async () => {
    const { body } = await add(` ${number.slice(0, 3)} (${number.slice(3, 6)}) ${number.slice(6)}`).expect(
      201,
    );
    const masked = `+49•••${number.slice(-2)}`;
    expect(body).toEqual({
      ...{ id: expect.any(String), type: 'sms', name: null, phone: masked },
      ...{ delivery: 'outbox', expiresAt: expect.any(String) },
    });
    const [text, ...more] = messagesTo(service, number);
    expect([text, more]).toEqual([
      expect.stringMatching(/^\d{6} is your code for .* Give it to nobody\.$/),
      [],
    ]);
    expect((await confirm(body.id, wrongFor(lastCode())).expect(400)).body.code).toBe('invalid_code');
    expect((await confirm(body.id, lastCode()).expect(200)).body).toMatchObject({
      type: 'sms',
      phone: masked,
    });
    const listed = (await http.get('/v1/auth/factors').expect(200)).body.data;
    expect(listed[0]).toMatchObject({ type: 'sms', phone: masked });
    const everything = await service.sql<{ all: string }>(
      `select concat((select jsonb_agg(f) from factors f), (select jsonb_agg(s) from secrets s),
                     (select jsonb_agg(a) from audit_events a), (select jsonb_agg(c) from factor_challenges c)) as all`,
    );
    for (const secret of [number, number.slice(1), lastCode()])
      expect(everything[0]!.all).not.toContain(secret);
  });

  it.each([undefined, '', '015112345678', '+49', '+49151123456789012', 'call me'])(
    'are not sent to %s',
    async (phone) => {
      const { body } = await add(phone).expect(400);
      expect(body.code).toBe('validation_failed');
      expect(body.errors[0].field).toBe('phone');
    },
  );

  it('are sent at a sign-in on request, and are good for that one', async () => {
    const factorId = await enrolled();
    const [one, other] = [await ask(), await ask()];
    expect(one.factors.map(({ type }) => type)).toEqual(['sms', 'recovery']);
    expect(messagesTo(service, number)).toHaveLength(1);
    const sent = (await send(one.mfaToken, factorId).expect(200)).body;
    expect(sent).toEqual({
      phone: `+49•••${number.slice(-2)}`,
      delivery: 'outbox',
      expiresAt: expect.any(String),
    });
    const seconds = (Date.parse(sent.expiresAt) - Date.now()) / 1000;
    expect(seconds).toBeLessThanOrEqual(600);
    const code = lastCode();
    await verify({ mfaToken: other.mfaToken, factorId, code }).expect(401);
    await verify({ mfaToken: one.mfaToken, factorId, code: wrongFor(code) }).expect(401);
    const { body } = await verify({ mfaToken: one.mfaToken, factorId, code }, second).expect(200);
    const claims = JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString());
    expect(claims.amr).toEqual(['pwd', 'sms', 'mfa']);
    await verify({ mfaToken: other.mfaToken, factorId, code }).expect(401);
    const events = await service.auditEvents(workspace.id, 'auth.factor_code_sent');
    expect(events.filter(({ target_id }) => target_id === factorId).map(({ data }) => data.purpose)).toEqual([
      'enrolment',
      'sign_in',
    ]);
  });

  it('count only while they are the last one sent, and for minutes', async () => {
    const factorId = await enrolled();
    const { mfaToken } = await ask();
    await send(mfaToken, factorId).expect(200);
    const first = lastCode();
    await send(mfaToken, factorId).expect(200);
    if (first !== lastCode()) await verify({ mfaToken, factorId, code: first }).expect(401);
    await service.sql('update factor_challenges set expires_at = now() where factor_id = $1', [factorId]);
    await verify({ mfaToken, factorId, code: lastCode() }).expect(401);
    await send(mfaToken, factorId).expect(200);
    await verify({ mfaToken, factorId, code: lastCode() }).expect(200);
  });

  it('let one of many through who show the same one at once', async () => {
    const factorId = await enrolled();
    for (let round = 0; round < rounds({ always: 1, nightly: 200 }); round += 1) {
      const { mfaToken } = await ask();
      await send(mfaToken, factorId).expect(200);
      const code = lastCode();
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          verify({ mfaToken, factorId, code }, index % 2 ? service : second),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    }
  }, 600_000);

  it('are not sent for factors of other types or people, nor where the workspace allows none', async () => {
    const factorId = await enrolled();
    const { mfaToken, factors } = await ask();
    const recovery = factors.find(({ type }) => type === 'recovery')!.id;
    expect((await send(mfaToken, recovery).expect(409)).body.code).toBe('factor_takes_no_messages');
    const colleague = await service.member(workspace, 'viewer');
    const other = service.http(colleague.accessToken);
    await other.post(`/v1/auth/factors/${factorId}/send`).expect(404);
    await service.sql(
      `update workspace_policies set mfa_allowed_factors = '{totp,webauthn}' where workspace_id = $1`,
      [workspace.id],
    );
    const before = messagesTo(service, number).length;
    expect((await send(mfaToken, factorId).expect(404)).body.code).toBe('not_found');
    expect((await add(freshNumber()).expect(409)).body.code).toBe('factor_not_allowed');
    expect(messagesTo(service, number)).toHaveLength(before);
    await service.sql(
      `update workspace_policies set mfa_allowed_factors = '{totp,webauthn,sms}' where workspace_id = $1`,
      [workspace.id],
    );
  });

  it('are sent once more only to a phone that may still be confirmed', async () => {
    const elsewhere = await service.workspace();
    const { accessToken } = await service.member(elsewhere, 'editor');
    const agent = service.http(accessToken);
    const begin = async () => {
      const phone = freshNumber();
      const { body } = await agent.post('/v1/auth/factors').send({ type: 'sms', phone }).expect(201);
      return { id: body.id as string, code: codeIn(messagesTo(service, phone).at(-1)!) };
    };
    const again = async (id: string) => {
      const { status, body } = await agent.post(`/v1/auth/factors/${id}/send`);
      return [status, body.code as string | undefined];
    };
    const [done, late, begun] = [await begin(), await begin(), await begin()];
    await agent.post(`/v1/auth/factors/${done.id}/confirm`).send({ code: done.code }).expect(200);
    await service.sql(`update factors set created_at = now() - interval '16 minutes' where id = $1`, [
      late.id,
    ]);
    expect(await again(done.id)).toEqual([409, 'factor_confirmed']);
    expect(await again(late.id)).toEqual([404, 'not_found']);
    expect(await again(begun.id)).toEqual([200, undefined]);
    await service
      .http(elsewhere.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ mfa: { allowedFactors: ['totp'] } })
      .expect(200);
    expect(await again(begun.id)).toEqual([409, 'factor_not_allowed']);
    expect(await service.auditEvents(elsewhere.id, 'auth.factor_code_sent')).toHaveLength(4);
  });

  it('prove again who somebody is within a session, and only there', async () => {
    const factorId = await enrolled();
    const sent = await http.post('/v1/auth/reauthenticate/send').send({ factorId }).expect(200);
    expect(sent.body).toMatchObject({ delivery: 'outbox' });
    const code = lastCode();
    const { mfaToken } = await ask();
    await verify({ mfaToken, factorId, code }).expect(401);
    await http.post('/v1/auth/reauthenticate').send({ factorId, code }).expect(200);
    await http.post('/v1/auth/reauthenticate').send({ factorId, code }).expect(400);
  });

  it('can be the first factor that a workspace has somebody set up on the way in', async () => {
    const strict = await service.workspace();
    const admin = service.http(strict.admin.accessToken);
    await admin
      .patch('/v1/workspace/policy')
      .send({ mfa: { required: 'all' } })
      .expect(200);
    const input = { email: strict.admin.email, password: PASSWORD };
    const { mfaToken } = (await service.http().post('/v1/auth/login').send(input).expect(200)).body;
    const enroll = (phone?: string) =>
      service.http().post('/v1/auth/mfa/enroll').send({ mfaToken, type: 'sms', phone });
    await enroll().expect(400);
    const { body } = await enroll(number).expect(200);
    expect(body).toMatchObject({ type: 'sms', phone: expect.stringContaining('•••'), delivery: 'outbox' });
    const { factorId } = body;
    await verify({ mfaToken, factorId, code: wrongFor(lastCode()) }).expect(401);
    await verify({ mfaToken, factorId, code: lastCode() }).expect(200);
  });

  it('leave nothing behind of whoever is erased', async () => {
    await enrolled();
    expect(messagesTo(service, number).length).toBeGreaterThan(0);
    const numbers = () =>
      service.sql(`select 1 from secrets where purpose = 'phone_number' and workspace_id = $1`, [
        workspace.id,
      ]);
    const before = (await numbers()).length;
    await service
      .http(workspace.admin.accessToken)
      .post(`/v1/members/${person.memberId}/erase`)
      .send({ email: person.email })
      .expect(200);
    expect(messagesTo(service, number)).toEqual([]);
    expect((await numbers()).length).toBe(before - 1);
  });
});

/** Whoever asks for a message, and from where. */
interface Asking {
  readonly memberId: string;
  readonly workspaceId: string;
  readonly address: string;
}

describe('An SMS webhook', () => {
  let webhook: Server;
  let received: { to: string; text: string }[];
  let status: number;
  let service: TestApp;

  beforeAll(async () => {
    webhook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push(JSON.parse(body) as { to: string; text: string });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((ready) => webhook.listen(0, '127.0.0.1', ready));
    const { port } = webhook.address() as AddressInfo;
    service = await startApp({
      SMS_WEBHOOK_URL: `http://127.0.0.1:${port}/sms`,
      OUTBOUND_ALLOW: '127.0.0.1',
      RATE_LIMITS: 'on',
      TRUSTED_PROXIES: '127.0.0.1, ::1',
    });
  });
  afterAll(async () => {
    webhook?.close().closeAllConnections();
    await service?.close();
  });
  beforeEach(() => {
    received = [];
    status = 200;
  });

  const begin = async () => {
    const { admin } = await service.workspace();
    const http = service.http(admin.accessToken);
    return {
      http,
      add: (phone: string) => http.post('/v1/auth/factors').send({ type: 'sms', phone }),
    };
  };

  it('gets number and text, and whoever waits hears when it fails', async () => {
    const { add } = await begin();
    const number = freshNumber();
    expect((await add(number).expect(201)).body.delivery).toBe('webhook');
    expect(received).toEqual([{ to: number, text: expect.stringMatching(/^\d{6} is your code/) }]);
    status = 500;
    const failed = await add(freshNumber()).expect(503);
    expect([failed.body.code, failed.headers['retry-after']]).toEqual(['sms_not_sent', '30']);
  });

  it('is asked once more from the page, where it took no message or where the number is none', async () => {
    const { admin } = await service.workspace();
    await service
      .http(admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ mfa: { required: 'all' } })
      .expect(200);
    const input = { email: admin.email, password: PASSWORD };
    const { mfaToken } = (await service.http().post('/v1/auth/login').send(input).expect(200)).body;
    const form = (path: string, fields: object) =>
      service
        .http()
        .post(`/login/second-factor/${path}`)
        .type('form')
        .send({ mfaToken, ...fields });
    const none = await form('set-up', { type: 'sms', phone: 'call "me"' }).expect(400);
    expect(none.text).toMatch(/role="alert"[^]*name="phone"[^>]*value="call &#34;me&#34;"/);
    status = 500;
    const number = freshNumber();
    const lost = await form('set-up', { type: 'sms', phone: number }).expect(503);
    expect(lost.text).toMatch(/could not be sent[^]*name="phone"/);
    expect(lost.text).toContain(`value="${number}"`);
    status = 200;
    const sent = await form('set-up', { type: 'sms', phone: freshNumber() }).expect(200);
    const factorId = /name="factorId" value="([^"]+)"/.exec(sent.text)![1]!;
    await service.sql(`update sign_in_attempts set resets_at = now() - interval '1 second'`);
    status = 500;
    const again = await form('send', { factorId }).expect(503);
    expect(again.text).toContain(`action="/login/second-factor/send"`);
    expect(again.text).toContain(`name="factorId" value="${factorId}"`);
  });

  it('is not made to send more than a few messages to one number, whoever asks', async () => {
    const number = freshNumber();
    let sent = 0;
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const { add } = await begin();
      const { status: answered, body } = await add(number);
      if (answered === 201) sent += 1;
      else expect([answered, body.code]).toEqual([429, 'rate_limited']);
    }
    expect([sent, received.length]).toEqual([5, 5]);
  });

  it.each([
    ['ten a day to one member', 10, ({ memberId }: Asking) => `sms|member|${memberId}`],
    [
      'five hundred a day for one workspace',
      500,
      ({ workspaceId }: Asking) => `sms|workspace|${workspaceId}`,
    ],
    ['thirty an hour for one address', 30, ({ address }: Asking) => `sms|address|${address}`],
  ])('is not made to send more than %s', async (_, most, keyOf) => {
    const { id: workspaceId, admin } = await service.workspace();
    const add = () =>
      service.http(admin.accessToken).post('/v1/auth/factors').send({ type: 'sms', phone: freshNumber() });
    await add().expect(201);
    const [login] = await service.auditEvents(workspaceId, 'auth.login_succeeded');
    const key = keyOf({ memberId: admin.memberId, workspaceId, address: login!.ip! });
    const counted = await service.sql(
      'update sign_in_attempts set attempts = $2 where key = sha256($1::text::bytea) returning key',
      [key, most - 1],
    );
    expect(counted).toHaveLength(1);
    await add().expect(201);
    expect((await add().expect(429)).body.code).toBe('rate_limited');
    expect(received).toHaveLength(2);
    await service.sql('delete from sign_in_attempts where key = sha256($1::text::bytea)', [key]);
  });

  it('is not made to send more by whoever changes the address within a network of IPv6', async () => {
    const { http } = await begin();
    const from = (address: string) =>
      http
        .post('/v1/auth/factors')
        .set('x-forwarded-for', address)
        .send({ type: 'sms', phone: freshNumber() });
    await from('2001:db8:7:7::1').expect(201);
    await service.sql(`update sign_in_attempts set attempts = 30 where key = sha256($1::text::bytea)`, [
      'sms|address|2001:db8:7:7::',
    ]);
    expect((await from('2001:db8:7:7:ffff::2').expect(429)).body.code).toBe('rate_limited');
    await from('2001:db8:7:8::1').expect(201);
  });

  it('is not made to send one again at once', async () => {
    const { http, add } = await begin();
    const { body } = await add(freshNumber()).expect(201);
    const again = () => http.post(`/v1/auth/factors/${body.id}/send`);
    const refused = await again().expect(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await service.sql(`update sign_in_attempts set resets_at = now() - interval '1 second'`);
    await again().expect(200);
    expect(received).toHaveLength(2);
  });

  it('counts what it is not made to send against that one occasion, and not against what others share', async () => {
    const { http, add } = await begin();
    const { body } = await add(freshNumber()).expect(201);
    const again = () => http.post(`/v1/auth/factors/${body.id}/send`);
    // More than ten for a member, and than thirty for a network.
    for (let impatient = 0; impatient < 31; impatient += 1) {
      const refused = await again().expect(429);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(30);
    }
    await service.sql(
      `update sign_in_attempts set resets_at = now() - interval '1 second' where key = sha256($1::text::bytea)`,
      [`sms|again|enrolment|${body.id}`],
    );
    await again().expect(200);
    await (await begin()).add(freshNumber()).expect(201);
    expect(received).toHaveLength(3);
  });
});
