import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApiKeyUse } from '../../src/api-keys/usage/api-key-use';
import { startApp, type TestApp, type TestPerson } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { FederatedSignIn, loginOf } from '../support/federated-sign-in';
import { ownDomain } from '../support/oidc-sign-in';
import { occurrencesOf } from '../support/text-search';
import { ENTERPRISE, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

const VERIFIER = join(__dirname, '../../scripts/audit-verify.mjs');
const run = promisify(execFile);

describe('Erasing somebody', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });

  /** Somebody who has left traces in every room. */
  async function lovelace(): Promise<TestPerson> {
    const domain = `${workspace.slug}.example`;
    await ownDomain(app, workspace, domain);
    const email = `augusta.lovelace@${domain}`;
    await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    const { body } = await admin.get('/v1/invitations').expect(200);
    await admin.delete(`/v1/invitations/${body.data[0].id}`).expect(204);
    await app.sql(
      `insert into invitations (workspace_id, email, role, secret_hash, invited_by, expires_at, accepted_at)
       values ($1, $2, 'viewer', '\\x00', $3, now(), now())`,
      [workspace.id, email, workspace.admin.memberId],
    );
    const home = 'lovelace.at.home@elsewhere.test';
    await admin.post('/v1/invitations').send({ email: home, role: 'viewer' }).expect(201);

    const person = await app.member(workspace, 'admin', { email });
    const hers = app.http(person.accessToken).set('user-agent', 'LovelaceBrowser/1');
    await enrol(app, person.accessToken);
    const secret = { name: 'of-the-workspace', value: 'v', approvalRequired: true };
    const stored = await hers.post('/v1/secrets').send(secret).expect(201);
    await hers
      .post(`/v1/secrets/${stored.body.id as string}/reveal-requests`)
      .send({ reason: 'Lovelace wants to know' })
      .expect(201);
    const made = await hers
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Draft', provider: 'generic' })
      .expect(201);
    const connection = made.body.id as string;
    await admin
      .post(`/v1/sso/connections/${connection}/setup-links`)
      .send({ contactEmail: email })
      .expect(201);
    for (const password of ['wrong once', 'wrong twice'])
      await app
        .http()
        .post('/v1/auth/login')
        .set('user-agent', 'LovelaceBrowser/1')
        .send({ email, password })
        .expect(401);

    const { scim } = workspace;
    await scim.patch(`/Users/${person.memberId}`, {
      op: 'replace',
      value: {
        displayName: 'Augusta Lovelace',
        name: { givenName: 'Augusta', familyName: 'Lovelace' },
        nickName: 'Lovelace',
        externalId: 'lovelace-1',
        emails: [
          { value: email, type: 'work', primary: true },
          { value: home, type: 'home' },
        ],
        phoneNumbers: [{ value: '+44 lovelace', type: 'work' }],
        addresses: [{ formatted: '12 Lovelace Road', type: 'home' }],
        [ENTERPRISE]: { department: 'Lovelace Analytics' },
      },
    });
    const group = await scim.post('/Groups', {
      displayName: 'Engineers',
      members: [{ value: person.memberId }],
    });
    expect(group.status).toBe(201);

    const federated = new FederatedSignIn(app);
    const live = await federated.connect(workspace);
    await federated.signIn(
      { connection: live },
      loginOf('lovelace-at-the-idp', email, { displayName: 'Augusta Lovelace' }),
      {
        loginHint: email,
      },
    );
    await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'editor' }).expect(200);
    await review(person);
    return person;
  }

  /** Somebody else has looked through their access, and said why they keep it. */
  async function review({ memberId }: TestPerson): Promise<void> {
    const begun = await admin.post('/v1/access-reviews').send({ name: 'All of us' }).expect(201);
    const items = `/v1/access-reviews/${begun.body.id as string}/items`;
    const { body } = await admin.get(items).expect(200);
    const { id } = (body.data as { id: string; memberId: string }[]).find(
      (one) => one.memberId === memberId,
    )!;
    await admin.post(`${items}/${id}`).send({ decision: 'keep', note: 'Lovelace is back soon' }).expect(200);
  }

  async function verifyExport(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'erasure-'));
    try {
      const { text } = await admin
        .get('/v1/audit-events/export')
        .buffer(true)
        .parse(textOf as never)
        .then(({ body }) => ({ text: body as string }));
      expect(text.toLowerCase()).not.toContain('lovelace');
      writeFileSync(join(folder, 'export.ndjson'), text);
      return (await run(process.execPath, [VERIFIER, join(folder, 'export.ndjson')])).stdout;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it('takes their name out of every table and file; the audit log stays and still verifies', async () => {
    const person = await lovelace();
    expect((await occurrencesOf(app, 'lovelace')).length).toBeGreaterThan(5);
    const { body } = await admin
      .post(`/v1/members/${person.memberId}/erase`)
      .send({ email: person.email.toUpperCase() })
      .expect(200);
    expect(body).toEqual({
      memberId: person.memberId,
      sources: expect.arrayContaining(['membership', 'signIns', 'loginAttempts', 'mails', 'audit']),
    });
    expect(await occurrencesOf(app, 'lovelace')).toEqual([]);
    expect(await occurrencesOf(app, 'augusta')).toEqual([]);
    expect(await verifyExport()).toMatch(/^VALID\.[^]*In \d+ of them the personal data/);

    const [event] = await app.auditEvents(workspace.id, 'member.erased');
    expect(event).toMatchObject({
      risk: 'critical',
      actor_id: workspace.admin.userId,
      target_id: person.memberId,
      data: { keptForOtherWorkspaces: false },
    });
  });

  it('takes out from where their keys were used, also of uses that are written afterwards', async () => {
    const person = await app.member(workspace, 'admin');
    const make = async () => {
      const key = { name: 'script', scopes: ['members:read'] };
      const { body } = await app.http(person.accessToken).post('/v1/api-keys').send(key).expect(201);
      return body as { id: string; key: string };
    };
    const use = ({ key }: { key: string }) => app.withKey(key).get('/v1/members').expect(200);
    const written = () => app.app.get(ApiKeyUse).flush();
    const [early, late] = [await make(), await make()];
    await use(early);
    await written();
    const { body: known } = await admin.get(`/v1/members/${person.memberId}/export`).expect(200);
    expect(known.apiKeys).toContainEqual(
      expect.objectContaining({ id: early.id, name: 'script', lastUsedIp: '127.0.0.1' }),
    );
    await use(late);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
    await written();

    const { body } = await admin.get('/v1/api-keys').expect(200);
    const used = { lastUsedAt: expect.any(String), lastUsedCall: 'GET /v1/members', lastUsedIp: null };
    expect(body.data).toEqual([expect.objectContaining(used), expect.objectContaining(used)]);
  });

  it('notes from where a key that is kept is used once somebody else answers for it', async () => {
    const kept = { apiKeys: { onMemberRemoval: 'keep' } };
    await admin.patch('/v1/workspace/policy').send(kept).expect(200);
    const person = await app.member(workspace, 'admin');
    const { body: made } = await app
      .http(person.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'script', scopes: ['members:read'] })
      .expect(201);
    const lastUsedIp = async () => {
      await app.withKey(made.key).get('/v1/members').expect(200);
      await app.app.get(ApiKeyUse).flush();
      return (await admin.get(`/v1/api-keys/${made.id}`).expect(200)).body.lastUsedIp as string | null;
    };
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
    expect(await lastUsedIp()).toBeNull();
    await admin.post(`/v1/api-keys/${made.id}/adopt`).expect(200);
    expect(await lastUsedIp()).toBe('127.0.0.1');
  });

  it('ends all that was theirs, and does not undo it', async () => {
    const person = await lovelace();
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
    await app.http(person.accessToken).get('/v1/auth/me').expect(401);
    const again = await admin
      .post(`/v1/members/${person.memberId}/erase`)
      .send({ email: person.email })
      .expect(404);
    expect(again.body.code).toBe('not_found');
    expect((await workspace.scim.get(`/Users/${person.memberId}`)).status).toBe(404);
    const { body } = await admin.get(`/v1/members/${person.memberId}`).expect(200);
    expect(body.email).toBe(`erased-${person.memberId}@erased.invalid`);
    const back = await admin.post(`/v1/members/${person.memberId}/restore`).expect(409);
    expect(back.body.code).toBe('member_erased');

    // What is done to the same address from now on is on record of somebody new.
    await admin.post('/v1/invitations').send({ email: person.email, role: 'viewer' }).expect(201);
    const invited = await app.auditEvents(workspace.id, 'workspace.member_invited');
    expect(invited.at(-1)!.data).toMatchObject({ email: person.email });

    const anew = await workspace.scim.post('/Users', { userName: person.email });
    expect(anew.status).toBe(201);
    expect(anew.body.id).not.toBe(person.memberId);
  });

  it('asks an admin who signed in a moment ago to type the address', async () => {
    const person = await app.member(workspace, 'viewer');
    const wrong = await admin
      .post(`/v1/members/${person.memberId}/erase`)
      .send({ email: 'somebody@else.test' })
      .expect(400);
    expect(wrong.body.code).toBe('confirmation_mismatch');
    await admin.post(`/v1/members/${person.memberId}/erase`).send({}).expect(400);
    await admin
      .post('/v1/members/01900000-0000-7000-8000-000000000000/erase')
      .send({ email: 'a@b.test' })
      .expect(404);

    const editor = await app.member(workspace, 'editor');
    for (const path of ['erase', 'export']) {
      const call = app.http(editor.accessToken)[path === 'erase' ? 'post' : 'get'];
      await call.call(app.http(editor.accessToken), `/v1/members/${person.memberId}/${path}`).expect(403);
    }
    await app.sql(`update sessions set authenticated_at = now() - interval '1 hour' where member_id = $1`, [
      workspace.admin.memberId,
    ]);
    const stale = await admin
      .post(`/v1/members/${person.memberId}/erase`)
      .send({ email: person.email })
      .expect(401);
    expect(stale.body.code).toBe('reauthentication_required');
    expect(stale.headers['www-authenticate']).toContain('insufficient_user_authentication');
    await admin.get(`/v1/members/${person.memberId}/export`).expect(401);
  });

  it('lets nobody who was removed before come back with what is left, one by one or together', async () => {
    const removed = await app.member(workspace, 'admin');
    await admin.delete(`/v1/members/${removed.memberId}`).expect(204);
    await admin.post(`/v1/members/${removed.memberId}/erase`).send({ email: removed.email }).expect(200);
    const { body } = await admin
      .post('/v1/members/bulk')
      .send({ ids: [removed.memberId], restore: true })
      .expect(200);
    expect(body.results).toMatchObject([{ outcome: 'refused', code: 'member_erased' }]);

    const switchedOff = await app.member(workspace, 'viewer');
    await app.sql(`update members set source = 'scim' where id = $1`, [switchedOff.memberId]);
    const off = await admin.post('/v1/scim/switch-off').send({ mode: 'suspend' }).expect(201);
    await admin
      .post(`/v1/members/${switchedOff.memberId}/erase`)
      .send({ email: switchedOff.email })
      .expect(200);
    await admin.post(`/v1/scim/switch-off/${off.body.id}/undo`).expect(200);
    const { body: still } = await admin.get(`/v1/members/${switchedOff.memberId}`).expect(200);
    expect(still).toMatchObject({ status: 'removed', removalReason: 'erased' });
  });

  it('keeps the last admin, and leaves nothing half done', async () => {
    const { memberId, email } = workspace.admin;
    const { body } = await admin.post(`/v1/members/${memberId}/erase`).send({ email }).expect(409);
    expect(body.code).toBe('last_admin');
    const { body: me } = await admin.get('/v1/auth/me').expect(200);
    expect(me.user.email).toBe(email);
  });

  it('leaves to other workspaces what is theirs', async () => {
    const other = await app.workspace();
    const email = `shared@${workspace.slug}.test`;
    const person = await app.member(workspace, 'viewer', { email });
    await app.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'editor', 'invitation')`,
      [other.id, person.userId, email],
    );
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email }).expect(200);
    const there = await app.signIn(email, other.slug);
    expect(there.userId).toBe(person.userId);
    const [event] = await app.auditEvents(workspace.id, 'member.erased');
    expect(event!.data).toMatchObject({ keptForOtherWorkspaces: true });
  });

  it('is preceded by a copy of what is known, for the person', async () => {
    const person = await lovelace();
    await admin.patch(`/v1/members/${person.memberId}`).send({ role: 'viewer', approver: true }).expect(200);
    const { body } = await admin.get(`/v1/members/${person.memberId}/export`).expect(200);
    expect(body).toMatchObject({
      memberId: person.memberId,
      membership: {
        profile: { email: person.email, displayName: 'Augusta Lovelace', scim: { nickName: 'Lovelace' } },
        user: { hasPassword: true },
        groups: [{ displayName: 'Engineers' }],
        grants: expect.arrayContaining([
          expect.objectContaining({ kind: 'manual', origin: 'override', role: 'viewer', approver: true }),
        ]),
      },
      signIns: {
        identities: [{ subject: 'lovelace-at-the-idp' }],
        factors: expect.arrayContaining([expect.objectContaining({ type: 'totp' })]),
      },
      mails: expect.arrayContaining([expect.objectContaining({ to: person.email })]),
    });
    // Which secret somebody asked for is theirs to know.
    expect(JSON.stringify({ ...body, revealRequests: [] })).not.toMatch(/passwordHash|\$argon2|secretId/);
    expect(body.auditEvents.length).toBeGreaterThan(3);
    const [event] = await app.auditEvents(workspace.id, 'member.exported');
    expect(event).toMatchObject({ risk: 'high', target_id: person.memberId });
  });
});

function textOf(response: NodeJS.ReadableStream, done: (error: Error | null, text: string) => void): void {
  let text = '';
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('end', () => done(null, text));
}
