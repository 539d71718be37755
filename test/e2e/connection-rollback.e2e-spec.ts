import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp } from '../support/app';
import { type SigningKey, signingKey } from '../support/certificates';
import { mailsTo } from '../support/outbox';
import { responseXml, signAssertion, STATUS, toBase64, type Trust } from '../support/saml-documents';
import { encryptAssertion } from '../support/saml-encryption';
import { SamlScene } from '../support/saml-sign-in';
import { TestBench } from '../support/test-sign-in';

const MFA = 'https://refeds.org/profile/mfa';

describe('A change of a connection that keeps people out', () => {
  let idp: SamlScene;
  let second: TestApp;
  const strange = signingKey();

  beforeAll(async () => {
    idp = await SamlScene.start();
    second = await startApp({}, idp.app);
  });
  afterAll(async () => {
    await second?.close();
    await idp?.close();
  });

  /** An active connection that somebody has signed in by, and then a change to another certificate. */
  async function changed(): Promise<{ saml: SamlScene; bench: TestBench }> {
    const saml = await idp.another(idp.key);
    const bench = new TestBench(idp.app, idp.workspace, saml.connectionId);
    expect((await saml.signIn({ nameId: 'first@acme.test' })).status).toBe(303);
    await bench.patch({ saml: { certificates: [strange.certificate] } });
    return { saml, bench };
  }

  async function fail(saml: SamlScene, nameId: string, key: SigningKey = idp.key): Promise<void> {
    const pending = await saml.begin();
    const page = await saml.post(pending, signAssertion(responseXml(pending.trust, { nameId }), key));
    expect(JSON.parse(page.text).code).toBe('saml_signature_invalid');
  }
  const people = ['ada@acme.test', 'bob@acme.test', 'cyd@acme.test'];
  const mailsOfRollbacks = () =>
    mailsTo(idp.app, idp.workspace.admin.email).filter(({ subject }) => subject.includes('was taken back'));
  const rolledBack = async (id: string) =>
    (await idp.app.auditEvents(idp.workspace.id, 'sso_connection.rolled_back')).filter(
      ({ target_id }) => target_id === id,
    );

  it('is taken back once enough people failed whom the trusted provider vouches for', async () => {
    const { saml, bench } = await changed();
    for (const person of [...people, ...people.slice(0, 1)]) await fail(saml, person);
    expect(await bench.connection()).toMatchObject({ revision: 2 });
    await fail(saml, people[1]!);

    expect(await bench.connection()).toMatchObject({ revision: 3, status: 'active' });
    expect(await rolledBack(saml.connectionId)).toMatchObject([
      { risk: 'high', actor_type: 'system', data: { revision: 3, origin: 'rollback', restoredFrom: 1 } },
    ]);
    expect((await saml.signIn({ nameId: people[0]! })).status).toBe(303);
    expect(mailsOfRollbacks()).toHaveLength(1);
  });

  it('is taken back once, however many fail at once and over however many instances', async () => {
    const { saml, bench } = await changed();
    const pendings = await Promise.all(
      [...people, ...people, ...people].map(async (nameId) => ({
        nameId,
        pending: await saml.begin(),
      })),
    );
    const told = mailsOfRollbacks().length;
    const pages = await Promise.all(
      pendings.map(({ nameId, pending: { browser, trust } }, at) =>
        saml.postForm(
          browser,
          { SAMLResponse: toBase64(signAssertion(responseXml(trust, { nameId }), idp.key)) },
          {},
          at % 2 ? second : idp.app,
        ),
      ),
    );
    expect(await rolledBack(saml.connectionId)).toHaveLength(1);
    expect(await bench.connection()).toMatchObject({ revision: 3 });
    // It took five failures; whoever came after them was let in again.
    const refused = pages.filter(({ status }) => status !== 303);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused.map(({ text }) => JSON.parse(text).code)).toEqual(
      refused.map(() => 'saml_signature_invalid'),
    );
    expect(mailsOfRollbacks()).toHaveLength(told + 1);
  });

  /** What somebody with an account makes of an answer of his own, so that it falls short of what is demanded now. */
  type FallsShort = (answer: { trust: Trust; nameId: string; certificate: string }) => string;
  const signedOnce: FallsShort = ({ trust, nameId }) =>
    signAssertion(responseXml(trust, { nameId }), idp.key);

  it.each<[string, Record<string, unknown>, object, string, FallsShort]>([
    [
      'better encryption',
      { allowWeakEncryption: true },
      { allowWeakEncryption: false },
      'saml_encryption_algorithm_refused',
      (answer) => encryptAssertion(signedOnce(answer), answer.certificate, { cipher: 'aes-256-cbc' }),
    ],
    ['a second signature', {}, { signed: 'both' }, 'saml_signature_missing', signedOnce],
    [
      'a second factor',
      {},
      { requestedAuthnContext: { classRefs: [MFA], comparison: 'exact' } },
      'saml_authn_context_mismatch',
      signedOnce,
    ],
    [
      'that people sign in anew',
      {},
      { forceAuthn: true },
      'saml_reauthentication_missing',
      ({ trust, nameId }) => {
        const yesterday = new Date(Date.now() - 86_400_000);
        return signAssertion(responseXml(trust, { nameId, authnInstant: yesterday }), idp.key);
      },
    ],
  ])(
    'stays when it demands %s: whoever has some accounts could have it taken back',
    async (_, before, after, code, fallsShort) => {
      const saml = await idp.another(idp.key, { more: before });
      const bench = new TestBench(idp.app, idp.workspace, saml.connectionId);
      const { body } = await bench.admin.get(`/v1/sso/connections/${saml.connectionId}`).expect(200);
      const { certificate } = body.sp as { certificate: string };
      const signIn = async (nameId: string) => {
        const pending = await saml.begin();
        return saml.post(pending, fallsShort({ trust: pending.trust, nameId, certificate }));
      };
      expect((await signIn('first@acme.test')).status).toBe(303);
      await bench.patch({ saml: after });
      for (const person of [...people, ...people])
        expect(JSON.parse((await signIn(person)).text).code).toBe(code);
      expect(await rolledBack(saml.connectionId)).toEqual([]);
      expect(await bench.connection()).toMatchObject({ revision: 2, saml: after });
    },
  );

  it('keeps what it demands, and what it trusts no more, when the rest of it is taken back', async () => {
    const certificates = [idp.key.certificate, strange.certificate];
    const saml = await idp.another(idp.key, { certificates });
    const bench = new TestBench(idp.app, idp.workspace, saml.connectionId);
    expect((await saml.signIn({ nameId: 'first@acme.test' })).status).toBe(303);
    await bench.patch({
      saml: { certificates: certificates.slice(0, 1), entityId: 'https://mistyped.test', forceAuthn: true },
    });
    for (const nameId of [...people, ...people.slice(0, 2)]) {
      const pending = await saml.begin();
      const page = await saml.post(pending, signAssertion(responseXml(pending.trust, { nameId }), idp.key));
      expect(JSON.parse(page.text).code).toBe('saml_issuer_mismatch');
    }
    expect(await rolledBack(saml.connectionId)).toHaveLength(1);
    const { body } = await bench.admin.get(`/v1/sso/connections/${saml.connectionId}`).expect(200);
    expect(body).toMatchObject({ revision: 3, saml: { forceAuthn: true } });
    expect(body.saml.certificates).toHaveLength(1);
    await fail(saml, people[0]!, strange);
  });

  it('stays when the provider answers with errors, though signed: anybody can have it do that', async () => {
    const saml = await idp.another(idp.key);
    const bench = new TestBench(idp.app, idp.workspace, saml.connectionId);
    expect((await saml.signIn({ nameId: 'first@acme.test' })).status).toBe(303);
    await bench.patch({ saml: { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' } });
    for (const nameId of [...people, ...people]) {
      const pending = await saml.begin();
      const refused = responseXml(pending.trust, { nameId, status: `${STATUS}Requester` });
      const page = await saml.post(pending, signAssertion(refused, idp.key));
      expect(JSON.parse(page.text).code).toBe('saml_status_not_success');
    }
    expect(await rolledBack(saml.connectionId)).toEqual([]);
    expect(await bench.connection()).toMatchObject({ revision: 2 });
  });

  it.each([
    [
      'strangers post what nobody trusted has signed',
      (saml: SamlScene, at: number) => fail(saml, `eve-${at}@acme.test`, signingKey()),
    ],
    ['one account fails again and again', (saml: SamlScene) => fail(saml, people[0]!)],
  ])('stays when %s', async (_, attempt) => {
    const { saml, bench } = await changed();
    for (let at = 0; at < 7; at += 1) await attempt(saml, at);
    expect(await rolledBack(saml.connectionId)).toEqual([]);
    expect(await bench.connection()).toMatchObject({ revision: 2 });
  });

  it('stays when the same answer is posted again and again, or from another browser', async () => {
    const { saml } = await changed();
    for (const nameId of people) {
      const pending = await saml.begin();
      const xml = signAssertion(responseXml(pending.trust, { nameId }), idp.key);
      for (let again = 0; again < 3; again += 1) await saml.post(pending, xml);
    }
    // Three sign-ins, though nine posts.
    expect(await rolledBack(saml.connectionId)).toEqual([]);
  });

  it('stays when all it did was to take trust away from a key: what that key signs is no way back', async () => {
    const saml = await idp.another(idp.key, { certificates: [idp.key.certificate, strange.certificate] });
    const bench = new TestBench(idp.app, idp.workspace, saml.connectionId);
    expect((await saml.signIn({ nameId: 'first@acme.test' })).status).toBe(303);
    await bench.patch({ saml: { certificates: [strange.certificate] } });
    for (const person of [...people, ...people]) await fail(saml, person);
    expect(await rolledBack(saml.connectionId)).toEqual([]);
    expect(await bench.connection()).toMatchObject({ revision: 2 });
  });

  it('stays when its settings have passed a test: an old key is no way back', async () => {
    const { saml, bench } = await changed();
    const pending = await saml.beginTest((await bench.start()).url);
    const page = await saml.post(pending, signAssertion(responseXml(pending.trust), strange));
    expect(page.status).toBe(200);
    for (const person of [...people, ...people]) await fail(saml, person);
    expect(await rolledBack(saml.connectionId)).toEqual([]);
  });

  it('stays when somebody has signed in by it', async () => {
    const { saml, bench } = await changed();
    const pending = await saml.begin();
    expect((await saml.post(pending, signAssertion(responseXml(pending.trust), strange))).status).toBe(303);
    for (const person of [...people, ...people]) await fail(saml, person);
    expect(await rolledBack(saml.connectionId)).toEqual([]);
    expect(await bench.connection()).toMatchObject({ revision: 2 });
  });

  it('stays after half an hour', async () => {
    const { saml } = await changed();
    await idp.app.sql(
      `update connection_revisions set created_at = now() - interval '31 minutes' where connection_id = $1`,
      [saml.connectionId],
    );
    for (const person of [...people, ...people]) await fail(saml, person);
    expect(await rolledBack(saml.connectionId)).toEqual([]);
  });
});

describe('The record of real sign-ins', () => {
  let idp: SamlScene;
  let bench: TestBench;

  beforeAll(async () => {
    idp = await SamlScene.start();
    bench = new TestBench(idp.app, idp.workspace, idp.connectionId);
  });
  afterAll(() => idp?.close());

  it('tells of those that passed and those that failed, page by page, by kind and status', async () => {
    await idp.signIn({ attributes: { team: ['navy'] } });
    await idp.signIn({ audience: 'https://elsewhere.test' });
    await bench.start();
    const [test, failed, passed] = await bench.attempts();
    expect(test).toMatchObject({ kind: 'test', status: 'started' });
    expect(failed).toMatchObject({ kind: 'production', status: 'failed', code: 'saml_audience_mismatch' });
    expect(passed).toMatchObject({ kind: 'production', status: 'passed', code: null, role: 'viewer' });
    expect(await bench.attempts('?kind=production&status=failed')).toEqual([failed]);
    expect(await bench.attempts('?limit=1')).toEqual([test]);

    const whole = await bench.attempt(passed!.id);
    expect(whole).toMatchObject({
      revision: 1,
      subject: 'ada@acme.test',
      memberId: expect.any(String),
      attributes: [{ name: 'team', values: ['navy'], mappedTo: [] }],
    });
    expect(whole.checks.every(({ ok, owner }) => ok && owner === null)).toBe(true);
    const [event] = await idp.app.auditEvents(idp.workspace.id, 'sso.login_succeeded');
    expect(event!.data.attemptId).toBe(passed!.id);
    const [stored] = await idp.app.sql<{ xid: string }>(
      'select xmin::text as xid from login_attempts where id = $1',
      [passed!.id],
    );
    expect(stored!.xid).toBe(event!.xid);
  });

  it('holds no assertion and no signature', async () => {
    const rows = JSON.stringify(await idp.app.sql('select * from login_attempts'));
    expect(rows).not.toMatch(/<saml|SignatureValue|PHNhbWxw|BEGIN CERTIFICATE/);
  });

  it('tells also of an answer that could not be read', async () => {
    await idp.app
      .http()
      .post(`/sso/saml/${idp.connectionId}/acs`)
      .type('text/rtf')
      .send('{\\rtf1}')
      .expect(415);
    expect((await bench.attempts('?limit=1'))[0]).toMatchObject({
      status: 'failed',
      code: 'unsupported_media_type',
    });
  });

  it('is taken away after 30 days, also where nobody signs in any more, and no sooner', async () => {
    const quiet = await SamlScene.connect(idp.app, await idp.app.workspace(), idp.key);
    const MINUTE = 60_000;
    const DAY = 1440 * MINUTE;
    const now = Date.now();
    const idAged = (age: number) =>
      (now - age)
        .toString(16)
        .padStart(12, '0')
        .replace(/^(.{8})/, '$1-') + '-7000-8000-000000000000';
    const ages = [31 * DAY, 30 * DAY + MINUTE, 30 * DAY - MINUTE, DAY];
    for (const age of ages) {
      await idp.app.sql(
        `insert into login_attempts (workspace_id, id, connection_id, kind, status, revision)
         values ($1, $2, $3, 'production', 'passed', 1)`,
        [quiet.workspace.id, idAged(age), quiet.connectionId],
      );
    }
    const left = async () =>
      (await new TestBench(idp.app, quiet.workspace, quiet.connectionId).attempts()).map(({ id }) => id);
    const sweepAfter = (days: number) =>
      idp.app.app.get(Schedule).run('sso.forget_attempts', new Date(now + days * DAY));

    expect(await left()).toHaveLength(4);
    await sweepAfter(0);
    expect(await left()).toEqual([idAged(DAY), idAged(30 * DAY - MINUTE)]);
    await sweepAfter(1);
    expect(await left()).toEqual([idAged(DAY)]);
    await sweepAfter(29.5);
    expect(await left()).toEqual([]);
    expect((await bench.attempts('?kind=production')).length).toBeGreaterThan(0);
    await sweepAfter(31);
    expect(await idp.app.sql('select 1 from login_attempts')).toEqual([]);
  });

  it('is for admins of this workspace', async () => {
    const path = `/v1/sso/connections/${idp.connectionId}/login-attempts`;
    for (const role of ['editor', 'viewer'] as const) {
      await idp.app
        .http((await idp.app.member(idp.workspace, role)).accessToken)
        .get(path)
        .expect(403);
    }
    await idp.app.http().get(path).expect(401);
    await bench.admin.get(`${path}?status=unknown`).expect(400);
    for (const id of ['not-an-id', '01900000-0000-7000-8000-00000000abcd']) {
      expect((await bench.admin.get(`${path}/${id}`).expect(404)).body.detail).toBe(
        'Login attempt not found.',
      );
    }
  });
});
