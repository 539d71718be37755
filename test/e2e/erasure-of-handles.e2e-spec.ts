import { AuditTrail } from '../../src/audit/audit-trail';
import { Database } from '../../src/database/database';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { occurrencesOf } from '../support/text-search';

/** Of what is kept of a person, much does not bear their name and leads to them all the same. */
describe('Erasing somebody', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let connection: string;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await app.workspace();
    admin = app.http(workspace.admin.accessToken);
    const draft = { type: 'saml', name: 'Draft', provider: 'generic' };
    connection = (await admin.post('/v1/sso/connections').send(draft).expect(201)).body.id as string;
  });

  const erase = ({ memberId, email }: TestPerson) =>
    admin.post(`/v1/members/${memberId}/erase`).send({ email }).expect(200);

  it('takes away from where, with what and as whom at their provider they signed in', async () => {
    const person = await app.member(workspace, 'viewer');
    const ids = [workspace.id, person.memberId, connection];
    await app.sql(
      `update sessions set ip = 'babbagia-1', user_agent = 'babbagia-2', idp_session_id = 'babbagia-3',
              logout_hint = '{"idToken": "babbagia-4"}' where member_id = $1`,
      [person.memberId],
    );
    await app.sql(
      `insert into sign_in_codes (workspace_id, member_id, connection_id, secret_hash, method, authenticated_at, expires_at,
                                  ip, user_agent, idp_session_id, logout_hint)
       values ($1, $2, $3, '\\x01', 'saml', now(), now(), 'babbagia-1', 'babbagia-2', 'babbagia-3',
               '{"idToken": "babbagia-4"}')`,
      ids,
    );
    await app.sql(
      `insert into identities (workspace_id, member_id, connection_id, issuer, subject, department, groups, email)
       values ($1, $2, $3, 'https://babbagia.test', 'babbagia-5', 'babbagia-6', '{babbagia-7}', 'babbagia-8@home.test')`,
      ids,
    );
    await app.sql(`update users set name = 'babbagia-9' where id = $1`, [person.userId]);
    // An invitation, and the mail that tells of it.
    await admin.post('/v1/invitations').send({ email: 'babbagia-8@home.test', role: 'viewer' }).expect(201);
    expect((await occurrencesOf(app, 'babbagia')).length).toBe(6);
    await erase(person);
    expect(await occurrencesOf(app, 'babbagia')).toEqual([]);
  });

  it('lets nobody prove that an account is theirs, or decide so, and says no more whose it was', async () => {
    const [person, other] = [await app.member(workspace, 'viewer'), await app.member(workspace, 'viewer')];
    const opened = await app.sql<{ id: string }>(
      `insert into identity_conflicts (workspace_id, connection_id, issuer, subject, email, display_name, member_id)
       select $1, $2, 'https://babbagia.test', 'babbagia-' || n, email, 'Babbagia', member
         from unnest($3::text[], $4::uuid[]) with ordinality as conflict (email, member, n) returning id`,
      [
        ...[workspace.id, connection],
        ...[
          [other.email, person.email.toUpperCase()],
          [person.memberId, other.memberId],
        ],
      ],
    );
    await app.sql(
      `insert into link_proofs (workspace_id, connection_id, issuer, subject, member_id, conflict_id, browser_hash, expires_at)
       values ($1, $2, 'https://babbagia.test', 'babbagia-1', $3, $4, '\\x01', now() + interval '1 hour')`,
      [workspace.id, connection, person.memberId, opened[0]!.id],
    );
    await erase(person);
    expect(await occurrencesOf(app, 'babbagia')).toEqual([]);
    const open = await app.sql(
      `select from identity_conflicts where id = any($1) and resolution is distinct from 'dismissed'
        union all select from link_proofs where member_id = $2 and consumed_at is null`,
      [opened.map(({ id }) => id), person.memberId],
    );
    expect(open).toEqual([]);
    expect((await admin.get('/v1/sso/conflicts').expect(200)).body.data).toEqual([]);
  });

  /** Browsers and authenticators that somebody was seen with, a sign-in under way, and a link to choose a password by. */
  const leaveTraces = async ({ memberId, userId }: TestPerson): Promise<void> => {
    const here = [workspace.id, memberId];
    await app.sql(`insert into known_devices (user_id, device_hash) values ($1, '\\x01')`, [userId]);
    await app.sql(
      `insert into member_devices (workspace_id, member_id, key_hash) values ($1, $2, '\\x01')`,
      here,
    );
    await app.sql(
      `insert into password_resets (workspace_id, member_id, secret_hash, expires_at) values ($1, $2, '\\x01', now())`,
      here,
    );
    await app.sql(
      `insert into mfa_challenges (workspace_id, member_id, secret_hash, expires_at) values ($1, $2, '\\x01', now())`,
      here,
    );
    await app.sql(
      `insert into webauthn_users (workspace_id, member_id, handle) values ($1, $2, '\\x01')`,
      here,
    );
  };
  const traces = async ({ memberId, userId }: TestPerson): Promise<string[]> => {
    const rows = await app.sql<{ of: string }>(
      `select 'known_devices' as of from known_devices where user_id = $2
        union select 'member_devices' from member_devices where member_id = $1
        union select 'password_resets' from password_resets where member_id = $1
        union select 'mfa_challenges' from mfa_challenges where member_id = $1
        union select 'webauthn_users' from webauthn_users where member_id = $1
        union select 'password' from users where id = $2 and (email_claimed or password_hash is not null)
        order by of`,
      [memberId, userId],
    );
    return rows.map((row) => row.of);
  };

  it('takes away their password, and the browsers it was typed into', async () => {
    const person = await app.member(workspace, 'viewer');
    await leaveTraces(person);
    expect(await traces(person)).toEqual([
      ...['known_devices', 'member_devices', 'mfa_challenges', 'password', 'password_resets'],
      'webauthn_users',
    ]);
    const { body } = await admin.get(`/v1/members/${person.memberId}/export`).expect(200);
    const seen = { firstSeenAt: expect.any(String), lastSeenAt: expect.any(String) };
    expect(body.devices).toEqual({
      known: expect.arrayContaining([seen]),
      inThisWorkspace: expect.arrayContaining([seen]),
      passwordResets: [expect.objectContaining({ createdAt: expect.any(String), consumedAt: null })],
    });
    await erase(person);
    expect(await traces(person)).toEqual([]);
  });

  it('leaves those that another workspace knows as well', async () => {
    const person = await app.member(workspace, 'viewer');
    await leaveTraces(person);
    const other = await app.workspace();
    await app.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'viewer', 'invitation')`,
      [other.id, person.userId, person.email],
    );
    await erase(person);
    expect(await traces(person)).toEqual(['known_devices', 'password']);
  });

  it('takes away what tests of a connection said of them, and who tested it, but not what it was like', async () => {
    const person = await app.member(workspace, 'admin', { email: `babbagia@${workspace.slug}.test` });
    const by = JSON.stringify({ type: 'user', email: person.email.toUpperCase() });
    await app.sql(`update connection_revisions set tested_by = $2 where connection_id = $1`, [
      connection,
      by,
    ]);
    const attempt = { checks: '[{"seen": "babbagia"}]', statement: '{"nameId": "babbagia"}' };
    await app.sql(
      `insert into login_attempts (workspace_id, connection_id, kind, status, revision, checks, statement, member_id,
                                   subject, started_by, expires_at)
       select $1, $2, 'test', 'passed', 1, $3, $4, member, subject, by, now()
         from unnest($5::uuid[], $6::text[], $7::jsonb[]) as attempt (member, subject, by)`,
      [
        ...[workspace.id, connection, attempt.checks, attempt.statement],
        ...[
          [person.memberId, null, null],
          [null, person.email.toUpperCase(), null],
          [null, null, by],
        ],
      ],
    );
    await erase(person);
    expect(await occurrencesOf(app, 'babbagia')).toEqual([]);
    const [kept] = await app.sql(
      'select tested_by, author from connection_revisions where connection_id = $1',
      [connection],
    );
    expect(kept).toEqual({
      tested_by: { type: 'user' },
      author: expect.objectContaining({ email: workspace.admin.email }),
    });
  });

  it('leaves unreadable what the log says of them by their user, or by what their provider calls them', async () => {
    const person = await app.member(workspace, 'viewer');
    await app.sql(
      `insert into identities (workspace_id, member_id, connection_id, issuer, subject)
       values ($1, $2, $3, 'https://idp.test', 'Babbagia|5')`,
      [workspace.id, person.memberId, connection],
    );
    await app.app.get(Database).inWorkspace(workspace.id, async () => {
      const trail = app.app.get(AuditTrail, { strict: false });
      const user = { type: 'user', id: person.userId } as const;
      const provider = {
        target: { type: 'sso_connection', id: connection },
        actor: { type: 'system', id: null },
      };
      trail.record({ type: 'sso.login_failed', ...provider, data: { subject: 'Babbagia|5' } } as never);
      trail.record({ type: 'auth.password_changed', target: user, actor: user, data: { by: 'babbagia' } });
    });
    const told = async () => JSON.stringify(await app.auditEvents(workspace.id));
    expect((await told()).match(/babbagia/gi)).toHaveLength(2);
    await erase(person);
    expect(await told()).not.toMatch(/babbagia/i);
  });
});
