import { randomUUID } from 'node:crypto';
import { issueCredential, readCredential } from '../../src/crypto/credential';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { mailsTo } from '../support/outbox';
import { enrolPasskey } from '../support/software-authenticator';

describe('Factors, looked after', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  let http: ReturnType<TestApp['http']>;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    person = await service.member(workspace, 'editor');
    http = service.http(person.accessToken);
  });

  const reset = (memberId: string, by = admin) => by.delete(`/v1/members/${memberId}/factors`);

  it('get another name', async () => {
    const { factorId } = await enrol(service, person.accessToken);
    const rename = (name: unknown, id = factorId) => http.patch(`/v1/auth/factors/${id}`).send({ name });
    expect((await rename('Work phone').expect(200)).body).toMatchObject({ id: factorId, name: 'Work phone' });
    await rename('Work phone').expect(200);
    const events = await service.auditEvents(workspace.id, 'auth.factor_renamed');
    expect(events.filter(({ target_id }) => target_id === factorId).map(({ data }) => data)).toEqual([
      {
        memberId: person.memberId,
        factor: 'totp',
        name: 'Work phone',
        before: { name: null },
        after: { name: 'Work phone' },
      },
    ]);
    for (const name of ['', 'x'.repeat(81), 'two\nlines', null, undefined]) await rename(name).expect(400);
    await admin.patch(`/v1/auth/factors/${factorId}`).send({ name: 'Mine' }).expect(404);
    await service.sql(
      `update sessions set authenticated_at = now() - interval '1 hour' where member_id = $1`,
      [person.memberId],
    );
    expect((await rename('Mine').expect(401)).body.code).toBe('reauthentication_required');
  });

  it('are told of by mail when they come and go, and when recovery codes are made anew', async () => {
    const { factorId } = await enrol(service, person.accessToken);
    await http.post('/v1/auth/factors/recovery-codes').expect(200);
    await http.delete(`/v1/auth/factors/${factorId}`).expect(204);
    const mails = mailsTo(service, person.email);
    expect(mails.map(({ subject }) => subject.split(': ')[1])).toEqual([
      'a second factor was added',
      'new recovery codes were made',
      'a second factor was removed',
    ]);
    for (const { text, html } of mails) {
      expect(text).toContain('If this was not you');
      expect(text).toContain(`${service.config.publicUrl}/console/factors`);
      expect(html).toContain('<p>');
    }
  });

  it('are reset by an admin, so that the person sets up new ones', async () => {
    await enrol(service, person.accessToken);
    await enrolPasskey(service, person.accessToken);
    // On its way to an application: whoever has it was let in by the factors of before.
    const code = issueCredential('ghc', workspace.id, randomUUID());
    await service.sql(
      `insert into sign_in_codes (workspace_id, id, secret_hash, member_id, method, mfa_evidence, authenticated_at, expires_at)
       values ($1, $2, $3, $4, 'saml', 'own', now(), now() + interval '1 minute')`,
      [workspace.id, readCredential('ghc', code.text)!.id, code.hash, person.memberId],
    );
    const halfWay = await service
      .http()
      .post('/v1/auth/login')
      .send({ email: person.email, password: PASSWORD, workspace: workspace.slug })
      .expect(200);
    await reset(person.memberId).expect(204);
    await http.get('/v1/auth/me').expect(401);
    const enroll = service.http().post('/v1/auth/mfa/enroll').send({ mfaToken: halfWay.body.mfaToken });
    expect((await enroll.expect(401)).body.code).toBe('invalid_mfa_token');
    const exchange = await service.http().post('/v1/auth/token').send({ code: code.text });
    expect([exchange.status, exchange.body.code]).toEqual([400, 'invalid_code']);
    const again = await service.signIn(person.email, workspace.slug);
    expect((await service.http(again.accessToken).get('/v1/auth/factors').expect(200)).body.data).toEqual([]);
    expect(await service.auditEvents(workspace.id, 'auth.factors_reset')).toMatchObject([
      {
        ...{ risk: 'high', target_id: person.memberId, actor_id: workspace.admin.userId },
        data: { factors: [{ type: 'totp' }, { type: 'recovery' }, { type: 'webauthn' }], sessionsEnded: 1 },
      },
    ]);
    const mails = mailsTo(service, person.email);
    expect(mails.at(-1)!.subject).toContain('your second factors were reset');
    // There is nothing left to reset.
    await reset(person.memberId).expect(204);
    expect(await service.auditEvents(workspace.id, 'auth.factors_reset')).toHaveLength(1);
  });

  it('are not reset by others, of oneself, or by a session left open', async () => {
    const key = (
      await admin
        .post('/v1/api-keys')
        .send({ name: 'k', scopes: ['members:write'] })
        .expect(201)
    ).body.key as string;
    expect((await reset(workspace.admin.memberId, http).expect(403)).body.code).toBe('forbidden');
    expect((await reset(person.memberId, service.withKey(key)).expect(403)).body.code).toBe(
      'insufficient_scope',
    );
    expect((await reset(workspace.admin.memberId).expect(409)).body.code).toBe('own_factors');
    const other = await service.workspace();
    expect((await reset(other.admin.memberId).expect(404)).body.code).toBe('not_found');
    const old = await service.member(workspace, 'admin');
    await service.sql(
      `update sessions set authenticated_at = now() - interval '1 hour' where member_id = $1`,
      [old.memberId],
    );
    const stale = await reset(person.memberId, service.http(old.accessToken)).expect(401);
    expect(stale.body.code).toBe('reauthentication_required');
  });
});
