import { Client } from 'pg';
import type { Response } from 'supertest';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';

const ANOTHER = 'quite another battery staple';

/** What somebody does, or is done with what is theirs, while an admin takes them out. */
describe('What happens while somebody is taken out', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let asAdmin: ReturnType<TestApp['http']>;
  let ada: TestPerson;
  let asAda: ReturnType<TestApp['http']>;
  let client: Client;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await app.workspace();
    asAdmin = app.http(workspace.admin.accessToken);
    ada = await app.member(workspace, 'admin', { approver: true });
    asAda = app.http(ada.accessToken);
    // What sign-ins leave to be written later would be taken for somebody who waits.
    await app.app.get(DeviceWatch, { strict: false }).settled();
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client?.end());

  const answered = (response: Response): Response => response;
  const removal = () => asAdmin.delete(`/v1/members/${ada.memberId}`).then(answered);
  /** Holds everybody up who comes to the last statement of a transaction, which records what was done. */
  const holdEnds = () => client.query('lock table audit_events in share mode');
  const keep = () =>
    asAdmin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { onMemberRemoval: 'keep' } })
      .expect(200);
  const keyOf = async (by: ReturnType<TestApp['http']>): Promise<{ id: string; key: string }> =>
    (
      await by
        .post('/v1/api-keys')
        .send({ name: 'k', scopes: ['members:read'] })
        .expect(201)
    ).body as { id: string; key: string };

  /** Does the one thing up to its end, begins the removal, and lets both go on. */
  async function whileTakenOut(deed: () => PromiseLike<Response>): Promise<Response> {
    await holdEnds();
    const done = Promise.resolve(deed());
    await app.waiting();
    const removed = removal();
    await app.waiting(2);
    await client.query('commit');
    expect((await removed).status).toBe(204);
    return done;
  }

  it('leaves no key that they adopted in that moment', async () => {
    const maker = await app.member(workspace, 'admin');
    await keep();
    const { id, key } = await keyOf(app.http(maker.accessToken));
    await asAdmin.delete(`/v1/members/${maker.memberId}`).expect(204);
    await asAdmin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { onMemberRemoval: 'revoke' } })
      .expect(200);
    await app.withKey(key).get('/v1/members').expect(200);
    await whileTakenOut(() => asAda.post(`/v1/api-keys/${id}/adopt`));
    await app.withKey(key).get('/v1/members').expect(401);
  });

  it('leaves no invitation that they sent again in that moment', async () => {
    const { body } = await asAdmin
      .post('/v1/invitations')
      .send({ email: 'bob@elsewhere.test', role: 'viewer' })
      .expect(201);
    await whileTakenOut(() => asAda.post(`/v1/invitations/${body.id}/resend`));
    const [invitation] = await app.sql(
      'select revoked_at is not null as revoked from invitations where id = $1',
      [body.id],
    );
    expect(invitation).toEqual({ revoked: true });
  });

  it('leaves no link for another password that they asked for in that moment', async () => {
    await whileTakenOut(() => app.http().post('/v1/auth/password/forgot').send({ email: ada.email }));
    expect(
      await app.sql('select 1 from password_resets where member_id = $1 and consumed_at is null', [
        ada.memberId,
      ]),
    ).toEqual([]);
  });

  it('leaves no wish and no approval of theirs to read a secret', async () => {
    const { body: secret } = await asAdmin
      .post('/v1/secrets')
      .send({ name: 'billing', value: 'v', approvalRequired: true })
      .expect(201);
    const wish = (by: ReturnType<TestApp['http']>) =>
      by.post(`/v1/secrets/${secret.id}/reveal-requests`).send({ reason: 'invoices' });
    const { body: request } = await wish(asAdmin).expect(201);
    await whileTakenOut(() => asAda.post(`/v1/secrets/reveal-requests/${request.id}/approve`));
    const decision = async () =>
      (await app.sql('select decision from secret_reveal_requests order by created_at desc limit 1'))[0];
    expect(await decision()).toEqual({ decision: 'withdrawn' });

    await asAdmin.post(`/v1/members/${ada.memberId}/restore`).expect(200);
    ada = await app.signIn(ada.email, workspace.slug);
    await client.query('begin');
    await whileTakenOut(() => wish(app.http(ada.accessToken)));
    expect(await decision()).toEqual({ decision: 'withdrawn' });
  });

  it.each<[string, () => Promise<() => PromiseLike<Response>>]>([
    [
      'an API key',
      async () => () => asAda.post('/v1/api-keys').send({ name: 'k', scopes: ['members:read'] }),
    ],
    [
      'an invitation',
      async () => () => asAda.post('/v1/invitations').send({ email: 'bob@elsewhere.test', role: 'viewer' }),
    ],
    [
      'an invitation sent again',
      async () => {
        const { body } = await asAdmin
          .post('/v1/invitations')
          .send({ email: 'bob@elsewhere.test', role: 'viewer' })
          .expect(201);
        return () => asAda.post(`/v1/invitations/${body.id}/resend`);
      },
    ],
    [
      'a link to set up a connection',
      async () => {
        const { body } = await asAdmin
          .post('/v1/sso/connections')
          .send({ type: 'saml', name: 'Acme', provider: 'generic' })
          .expect(201);
        return () => asAda.post(`/v1/sso/connections/${body.id}/setup-links`).send({});
      },
    ],
  ])('does not let them make %s once it has begun', async (_what, prepare) => {
    const deed = await prepare();
    await holdEnds();
    const removed = removal();
    await app.waiting();
    const done = Promise.resolve(deed());
    await app.waiting(2);
    await client.query('commit');
    expect((await removed).status).toBe(204);
    const { status, body } = await done;
    expect([status, body.code]).toEqual([403, 'member_removed']);
  });

  it('does not let them leave as well', async () => {
    await holdEnds();
    const removed = removal();
    await app.waiting();
    const left = asAda.delete('/v1/members/me').then(answered);
    await app.waiting(2);
    await client.query('commit');
    expect((await removed).status).toBe(204);
    expect([(await left).status, (await left).body.code]).toEqual([403, 'member_removed']);
  });

  it('lets them rotate a key of theirs, or refuses it: nobody waits for the other', async () => {
    const { id } = await keyOf(asAda);
    await client.query('select 1 from workspace_policies where workspace_id = $1 for no key update', [
      workspace.id,
    ]);
    const rotated = asAda.post(`/v1/api-keys/${id}/rotate`).send({}).then(answered);
    await app.waiting();
    const removed = removal();
    await app.waiting(2);
    await client.query('commit');
    expect([(await rotated).status, (await removed).status]).toEqual([201, 204]);
    const live = await app.sql('select id from api_keys where created_by = $1 and revoked_at is null', [
      ada.memberId,
    ]);
    expect(live).toEqual([]);
  });

  it('takes several out at once while their connection is disabled: neither waits for the other', async () => {
    const { body: connection } = await asAdmin
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme', provider: 'generic' })
      .expect(201);
    await app.sql(`update sso_connections set status = 'active' where id = $1`, [connection.id]);
    const [bob, carol] = [await app.member(workspace, 'viewer'), await app.member(workspace, 'viewer')];
    await app.sql('update sessions set connection_id = $2 where member_id = $1', [
      bob.memberId,
      connection.id,
    ]);
    await app.sql(
      `insert into mfa_challenges (workspace_id, member_id, connection_id, secret_hash, expires_at)
       values ($1, $2, $3, 'x', now() + interval '1 minute')`,
      [workspace.id, carol.memberId, connection.id],
    );
    await app.sql(
      `insert into sign_in_codes
         (workspace_id, member_id, connection_id, secret_hash, method, authenticated_at, expires_at)
       values ($1, $2, $3, 'x', 'saml', now(), now() + interval '1 minute')`,
      [workspace.id, ada.memberId, connection.id],
    );
    const { body: review } = await asAdmin.post('/v1/access-reviews').send({ name: 'q' }).expect(201);
    const { body: items } = await asAdmin.get(`/v1/access-reviews/${review.id}/items`).expect(200);
    for (const { id, memberId } of items.data as { id: string; memberId: string }[])
      if ([bob.memberId, carol.memberId].includes(memberId))
        await asAdmin
          .post(`/v1/access-reviews/${review.id}/items/${id}`)
          .send({ decision: 'remove' })
          .expect(200);

    // Whoever disables it has ended the second step of the one, and not yet the session of the other.
    await client.query('select 1 from sign_in_codes where connection_id = $1 for update', [connection.id]);
    const disabled = asAdmin.post(`/v1/sso/connections/${connection.id}/disable`).then(answered);
    await app.waiting();
    const removed = asAdmin
      .post(`/v1/access-reviews/${review.id}/complete`)
      .send({ undecided: 'keep' })
      .then(answered);
    await app.waiting(2);
    await client.query('commit');
    expect([(await disabled).status, (await removed).status]).toEqual([200, 200]);
    const out = await app.sql('select removed_at is not null as out from members where id = any($1)', [
      [bob.memberId, carol.memberId],
    ]);
    expect(out).toEqual([{ out: true }, { out: true }]);
  });

  it('lets a key change while the policy shortens all keys: neither waits for the other', async () => {
    const { id } = await keyOf(asAda);
    await client.query('select 1 from api_keys where id = $1 for no key update', [id]);
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const changed = asAda.patch(`/v1/api-keys/${id}`).send({ expiresAt }).then(answered);
    await app.waiting();
    const shortened = asAdmin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { maxLifetimeDays: 30 } })
      .then(answered);
    await app.waiting(2);
    await client.query('commit');
    expect([(await changed).status, (await shortened).status]).toEqual([200, 200]);
  });

  describe('who is at the second step of another sign-in', () => {
    beforeEach(async () => {
      await app.signIn(ada.email, workspace.slug);
      await enrol(app, ada.accessToken);
      const { body } = await app
        .http()
        .post('/v1/auth/login')
        .send({ email: ada.email, password: PASSWORD, workspace: workspace.slug })
        .expect(200);
      expect(body.status).toBe('mfa_required');
      // Of the two sessions the one that does not go on.
      await client.query(
        'select 1 from sessions where member_id = $1 order by created_at desc limit 1 for no key update',
        [ada.memberId],
      );
    });

    const change = () =>
      asAda
        .post('/v1/auth/password/change')
        .send({ currentPassword: PASSWORD, newPassword: ANOTHER })
        .then(answered);

    it('changes their password: neither waits for the other', async () => {
      const removed = removal();
      await app.waiting();
      const changed = change();
      await app.waiting(2);
      await client.query('commit');
      expect([(await removed).status, (await changed).status]).toEqual([204, 204]);
    });

    it('changes their password and is erased: neither waits for the other', async () => {
      const erased = asAdmin
        .post(`/v1/members/${ada.memberId}/erase`)
        .send({ email: ada.email })
        .then(answered);
      await app.waiting();
      const changed = change();
      await app.waiting(2);
      await client.query('commit');
      expect([(await erased).status, (await changed).body]).toEqual([
        200,
        expect.objectContaining({ code: 'invalid_credentials' }),
      ]);
    });
  });
});
