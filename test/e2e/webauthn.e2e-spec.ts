import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { AuthenticatorApp } from '../support/authenticator-app';
import { rounds } from '../support/rounds';
import {
  androidKey,
  apple,
  type Attest,
  fidoU2f,
  flip,
  forged,
  none,
  packed,
  packedSelf,
  spoiled,
  tpm,
} from '../support/attestations';
import {
  copyOf,
  enrolPasskey,
  type Misbehaviour,
  type Passkey,
  SoftwareAuthenticator,
} from '../support/software-authenticator';

type Json = Record<string, unknown>;

const { publicKey: another } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const claimsOf = (token: string): Json =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Json;

describe('Passkeys and security keys', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  let device: SoftwareAuthenticator;
  let http: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
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
    http = service.http(person.accessToken);
  });

  const begin = async (name?: string) =>
    (await http.post('/v1/auth/factors').send({ type: 'webauthn', name }).expect(201)).body as {
      id: string;
      options: Json;
    };
  const confirm = (id: string, body: object) => http.post(`/v1/auth/factors/${id}/confirm`).send(body);
  const reasons = async () =>
    (await service.auditEvents(workspace.id, 'auth.login_failed'))
      .filter(({ actor_id }) => actor_id === person.userId)
      .map(({ data }) => data.reason);

  describe('are set up', () => {
    it('with options that say who asks, for whom, and nothing about the person’s identity', async () => {
      const { id, options } = await begin('Laptop');
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(options).toMatchObject({
        rp: { id: 'localhost', name: 'Gatehouse' },
        user: { name: `${person.email} (${workspace.slug})` },
        challenge: expect.stringMatching(/^[\w-]{43,}$/),
        attestation: 'none',
        excludeCredentials: [],
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      });
      const handle = Buffer.from((options.user as { id: string }).id, 'base64url');
      expect(handle).toHaveLength(48);
      for (const known of [person.userId, person.memberId])
        expect(handle.toString('hex')).not.toContain(known.replaceAll('-', ''));
      expect((await begin()).options.user).toEqual(options.user);
    });

    it.each<[string, Attest]>([
      ['nothing', none],
      ['by the new key itself', packedSelf()],
      ['by a key of the maker', packed()],
      ['as a security key of old', fidoU2f()],
      ['as a TPM', tpm()],
      ['as an Apple device', apple()],
      ['as an Android device', androidKey()],
    ])('by an authenticator that attests %s, whoever vouches for it', async (_, attest) => {
      const { id, options } = await begin('Key');
      const { credential, passkey } = device.create(options, { attest });
      const { body } = await confirm(id, { credential }).expect(200);
      expect(body).toMatchObject({ id, type: 'webauthn', name: 'Key', recoveryCodes: expect.any(Array) });
      expect((await begin()).options.excludeCredentials).toEqual([
        { id: passkey.id, type: 'public-key', transports: ['internal'] },
      ]);
      const [stored] = await service.sql('select * from webauthn_credentials where factor_id = $1', [id]);
      expect(stored).toMatchObject({ sign_count: '0', backup_eligible: false, backed_up: false });
    });

    it('also as copies on several devices, which is remembered', async () => {
      const { factorId } = await enrolPasskey(service, person.accessToken, { backupEligible: true });
      const [stored] = await service.sql('select * from webauthn_credentials where factor_id = $1', [
        factorId,
      ]);
      expect(stored).toMatchObject({ backup_eligible: true, backed_up: true });
    });

    it.each<[string, Parameters<SoftwareAuthenticator['create']>[1], string?]>([
      ['for another site', { origin: 'https://evil.example' }],
      ['on another port of this host', { origin: 'http://localhost:1' }],
      ['for another relying party', { rpId: 'evil.example' }],
      ['for a part of the name', { rpId: 'host' }],
      ['with a challenge of their own', { challenge: randomBytes(32).toString('base64url') }],
      ['by the other ceremony', { type: 'webauthn.get' }],
      ['in a frame of another site', { crossOrigin: true }],
      ['with nobody there', { userPresent: false }],
      ['with a forged attestation', { attest: forged }],
      ['with a forged attestation of the maker', { attest: packed({}, flip) }],
      ['attested by an authority itself', { attest: packed({ ca: true }) }],
      ['attested by what expired', { attest: packed({ notAfter: new Date(Date.now() - 3_600_000) }) }],
      ['attested by who is no authenticator', { attest: packed({ subject: { '2.5.4.3': 'Acme' } }) }],
      ['attested by nobody', { attest: spoiled(packed(), (statement) => statement.set('x5c', [])) }],
      [
        'attested by no certificate',
        { attest: spoiled(packed(), (it) => it.set('x5c', [Buffer.from('none')])) },
      ],
      ['attested by text', { attest: spoiled(packed(), (it) => it.set('x5c', 'certificates')) }],
      ['attested without a signature', { attest: spoiled(packed(), (it) => it.delete('sig')) }],
      ['of a security key attested as another', { attest: fidoU2f({ id: randomBytes(32) }) }],
      ['of a TPM attested for another call', { attest: tpm({ extraData: randomBytes(32) }) }],
      ['of an Apple device attested for another call', { attest: apple({ nonce: randomBytes(32) }) }],
      [
        'of an Android device attested for another call',
        { attest: androidKey({ challenge: randomBytes(32) }) },
      ],
      ['of an Android device attested as another', { attest: androidKey({ key: another }) }],
      [
        'of an Android device without a certificate',
        { attest: spoiled(androidKey(), (it) => it.delete('x5c')) },
      ],
      ['attesting beside nothing', { attest: spoiled(packedSelf(), () => {}, 'none') }],
      ['attested in a way that nobody knows', { attest: spoiled(packedSelf(), () => {}, 'compound') }],
    ])('never %s', async (_, wrong) => {
      const { id, options } = await begin();
      const answer = await confirm(id, { credential: device.create(options, wrong).credential }).expect(400);
      expect(answer.body.code).toBe('invalid_passkey');
      // What was refused did not use the challenge up.
      await confirm(id, { credential: device.create(options).credential }).expect(200);
    });

    it('never with what is no credential at all', async () => {
      const { id, options } = await begin();
      const { credential } = device.create(options);
      const response = credential.response as Json;
      const broken: unknown[] = [
        {},
        { ...credential, type: 'password' },
        { ...credential, id: 'x'.repeat(2000) },
        { ...credential, rawId: 'another' },
        { ...credential, response: { ...response, clientDataJSON: 'e30' } },
        { ...credential, response: { ...response, clientDataJSON: '!!' } },
        { ...credential, response: { ...response, attestationObject: 'AAAA' } },
        { ...credential, response: { ...response, attestationObject: 'A'.repeat(20_000) } },
        { ...credential, response: null },
      ];
      for (const wrong of broken)
        expect((await confirm(id, { credential: wrong }).expect(400)).body.code).toBe('invalid_passkey');
      for (const body of [{}, { code: '123456', credential }, { credential: 'text' }, { credential: [] }])
        expect((await confirm(id, body).expect(400)).body.code).toBe('validation_failed');
      expect((await confirm(id, { code: '123456' }).expect(400)).body.code).toBe('invalid_passkey');
      await confirm(id, { credential }).expect(200);
      expect((await confirm(id, { credential }).expect(409)).body.code).toBe('factor_confirmed');
    });

    it('once: a credential that somebody has is nobody else’s', async () => {
      const id = randomBytes(32);
      await enrolPasskey(service, person.accessToken, { id });
      const colleague = await service.member(workspace, 'viewer');
      const other = service.http(colleague.accessToken);
      const begun = (await other.post('/v1/auth/factors').send({ type: 'webauthn' }).expect(201)).body;
      const { credential } = device.create(begun.options, { id });
      const answer = await other.post(`/v1/auth/factors/${begun.id}/confirm`).send({ credential });
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_passkey']);
    });

    it('by the challenge of this very factor, and not too late', async () => {
      const [one, other] = [await begin(), await begin()];
      await confirm(one.id, { credential: device.create(other.options).credential }).expect(400);
      const longer = `select 1 from factor_challenges where expires_at > now() + interval '5 minutes'`;
      expect(await service.sql(longer)).toEqual([]);
      await service.sql('update factor_challenges set expires_at = now() where bound_to = $1', [one.id]);
      await confirm(one.id, { credential: device.create(one.options).credential }).expect(400);
      await confirm(other.id, { credential: device.create(other.options).credential }).expect(200);
    });
  });

  describe('as a second factor', () => {
    let passkey: Passkey;
    let factorId: string;

    beforeEach(async () => {
      ({ passkey, factorId } = await enrolPasskey(service, person.accessToken));
    });

    const ask = async () => {
      const input = { email: person.email, password: PASSWORD, workspace: workspace.slug };
      return (await service.http().post('/v1/auth/login').send(input).expect(200)).body as {
        mfaToken: string;
        factors: { id: string; type: string }[];
      };
    };
    const options = async (mfaToken: string, on = service): Promise<Json> =>
      (await on.http().post('/v1/auth/mfa/options').send({ mfaToken, factorId }).expect(200)).body.options;
    const verify = (input: object, on = service) => on.http().post('/v1/auth/mfa/verify').send(input);
    const answer = async (wrong: Misbehaviour = {}, by = passkey) => {
      const { mfaToken } = await ask();
      const credential = device.get(await options(mfaToken), by, wrong);
      return verify({ mfaToken, factorId, credential });
    };

    it('answer a sign-in, which says so', async () => {
      const { mfaToken, factors } = await ask();
      expect(factors.map(({ type }) => type)).toEqual(['webauthn', 'recovery']);
      const asked = await options(mfaToken);
      expect(asked).toMatchObject({
        rpId: 'localhost',
        allowCredentials: [{ id: passkey.id, type: 'public-key', transports: ['internal'] }],
      });
      const credential = device.get(asked, passkey);
      const { body } = await verify({ mfaToken, factorId, credential }, second).expect(200);
      expect(body.status).toBe('authenticated');
      expect(claimsOf(body.accessToken).amr).toEqual(['pwd', 'hwk', 'user', 'mfa']);
      expect((await answer()).status).toBe(200);
    });

    it('need not make sure who the person is: the password did', async () => {
      expect((await answer({ userVerified: false })).status).toBe(200);
    });

    it.each<[string, Misbehaviour, string]>([
      ['another site', { origin: 'https://evil.example' }, 'wrong_origin'],
      ['a frame of another site', { crossOrigin: true }, 'in_a_foreign_frame'],
      ['another relying party', { rpId: 'evil.example' }, 'wrong_relying_party'],
      ['another challenge', { challenge: randomBytes(32).toString('base64url') }, 'unknown_challenge'],
      ['the other ceremony', { type: 'webauthn.create' }, 'wrong_ceremony'],
      ['nobody', { userPresent: false }, 'user_not_present'],
      ['another key', { signature: Buffer.alloc(70, 1) }, 'invalid_response'],
      [
        'a key that was copied between devices, when this one never is',
        { backupEligible: true },
        'backup_eligibility_changed',
      ],
    ])('are not believed when the answer is from %s', async (_, wrong, reason) => {
      const { status, body } = await answer(wrong);
      expect([status, body.code]).toEqual([401, 'invalid_passkey']);
      expect(await reasons()).toEqual([reason]);
    });

    it('are not believed with a signature by somebody else’s key', async () => {
      const colleague = await service.member(workspace, 'viewer');
      const theirs = await enrolPasskey(service, colleague.accessToken);
      expect((await answer({ key: theirs.passkey.key })).status).toBe(401);
      expect((await answer({}, theirs.passkey)).status).toBe(401);
      expect(await reasons()).toEqual(['wrong_signature', 'another_credential']);
    });

    it('answer one sign-in only, and that once', async () => {
      const [one, other] = [await ask(), await ask()];
      const credential = device.get(await options(one.mfaToken), passkey);
      await verify({ mfaToken: other.mfaToken, factorId, credential }).expect(401);
      await verify({ mfaToken: one.mfaToken, factorId, credential }).expect(200);
      await verify({ mfaToken: one.mfaToken, factorId, credential }, second).expect(401);
      await verify({ mfaToken: other.mfaToken, factorId, credential }).expect(401);
    });

    it('answer once however many times at once', async () => {
      for (let round = 0; round < rounds({ always: 1, nightly: 200 }); round += 1) {
        const { mfaToken } = await ask();
        const credential = device.get(await options(mfaToken), passkey);
        const answers = await Promise.all(
          Array.from({ length: 30 }, (_, index) =>
            verify({ mfaToken, factorId, credential }, index % 2 ? service : second),
          ),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      }
    }, 600_000);

    it('are found out when somebody has a copy: the counter does not go back', async () => {
      const copy = copyOf(passkey);
      expect((await answer()).status).toBe(200);
      expect((await answer()).status).toBe(200);
      const { status, body } = await answer({}, copy);
      expect([status, body.code]).toEqual([401, 'invalid_passkey']);
      expect(await reasons()).toEqual(['counter_went_back']);
      expect(await service.auditEvents(workspace.id, 'auth.factor_copied')).toMatchObject([
        { risk: 'high', target_id: factorId, actor_id: person.userId, data: { signCount: 1 } },
      ]);
      const [kept] = await service.sql<{ count: number }>(
        'select sign_count::int as count from webauthn_credentials where factor_id = $1',
        [factorId],
      );
      // Neither does it stand still, nor stop counting.
      for (const count of [kept!.count, 0]) expect((await answer({ count })).status).toBe(401);
      expect((await answer()).status).toBe(200);
    });

    it('that do not count are taken all the same', async () => {
      const { factorId: id, passkey: silent } = await enrolPasskey(service, person.accessToken);
      factorId = id;
      for (let times = 0; times < 2; times += 1)
        expect((await answer({ count: 0 }, silent)).status).toBe(200);
    });

    it('are no codes, and codes are no passkeys', async () => {
      const { mfaToken, factors } = await ask();
      const recovery = factors.find(({ type }) => type === 'recovery')!.id;
      expect((await verify({ mfaToken, factorId, code: '123456' }).expect(401)).body.code).toBe(
        'invalid_passkey',
      );
      const credential = device.get(await options(mfaToken), passkey);
      await verify({ mfaToken, factorId: recovery, credential }).expect(401);
      const asked = (id: string) =>
        service.http().post('/v1/auth/mfa/options').send({ mfaToken, factorId: id });
      expect((await asked(recovery).expect(409)).body.code).toBe('factor_takes_codes');
      expect((await asked(randomUUID()).expect(404)).body.code).toBe('not_found');
      await verify({ mfaToken, factorId, credential }).expect(200);
      expect((await asked(factorId).expect(401)).body.code).toBe('invalid_mfa_token');
    });

    it('can be the first factor that a workspace has somebody set up on the way in', async () => {
      const strict = await service.workspace();
      const admin = service.http(strict.admin.accessToken);
      await admin
        .patch('/v1/workspace/policy')
        .send({ mfa: { required: 'all', allowedFactors: ['webauthn'] } })
        .expect(200);
      const { email } = strict.admin;
      const { body } = await service
        .http()
        .post('/v1/auth/login')
        .send({ email, password: PASSWORD })
        .expect(200);
      expect(body).toMatchObject({ status: 'mfa_required', enrollmentRequired: true });
      const enroll = (more: object) =>
        service
          .http()
          .post('/v1/auth/mfa/enroll')
          .send({ mfaToken: body.mfaToken, ...more });
      expect((await enroll({}).expect(409)).body.code).toBe('factor_not_allowed');
      const begun = (await enroll({ type: 'webauthn' }).expect(200)).body;
      expect(begun).toEqual({ factorId: expect.any(String), type: 'webauthn', options: expect.any(Object) });
      const { credential } = device.create(begun.options);
      const tokens = await verify({ mfaToken: body.mfaToken, factorId: begun.factorId, credential }).expect(
        200,
      );
      expect(claimsOf(tokens.body.accessToken).amr).toEqual(['pwd', 'hwk', 'user', 'mfa']);
      expect(tokens.body.recoveryCodes).toHaveLength(10);
    });
  });

  it('and authenticator apps stand beside each other', async () => {
    await enrolPasskey(service, person.accessToken);
    const { body } = await http.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
    await confirm(body.id, { code: new AuthenticatorApp(body.secret).code() }).expect(200);
    const listed = (await http.get('/v1/auth/factors').expect(200)).body.data as { type: string }[];
    expect(listed.map(({ type }) => type).sort()).toEqual(['recovery', 'totp', 'webauthn']);
  });
});
