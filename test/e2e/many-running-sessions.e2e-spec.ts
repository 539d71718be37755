import { Database } from '../../src/database/database';
import { RunningSessions } from '../../src/workspaces/running-sessions.service';
import { WorkspacePolicy } from '../../src/workspaces/workspace-policy.entity';
import { WorkspacePolicyService } from '../../src/workspaces/workspace-policy.service';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

describe('Very many running sessions follow a stricter policy', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let people: TestPerson[];
  let database: Database;

  beforeAll(async () => {
    app = await startApp();
    database = app.app.get(Database);
    app.app.get(RunningSessions).portion = 2;
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    acme = await app.workspace();
    people = await Promise.all([1, 2, 3].map(() => app.member(acme, 'viewer')));
  });

  /** Within a transaction. */
  const follow = async (changes: Partial<WorkspacePolicy>): Promise<void> => {
    const before = await app.app.get(WorkspacePolicyService).current();
    await app.app.get(RunningSessions).fit(before, Object.assign(new WorkspacePolicy(), before, changes));
  };

  it('in portions of the same transaction', async () => {
    await database.inWorkspace(acme.id, () => follow({ idleSeconds: 301 }));
    const idle = await app.sql('select idle_seconds as idle from sessions where workspace_id = $1', [
      acme.id,
    ]);
    expect(idle).toEqual([acme.admin, ...people].map(() => ({ idle: 301 })));
    const breakGlassMemberIds = [acme.admin.memberId];
    await database.inWorkspace(acme.id, () => follow({ ssoEnforced: true, breakGlassMemberIds }));
    // Without a second factor nobody is let through, break-glass admins neither.
    for (const { accessToken } of [acme.admin, ...people]) {
      await app.http(accessToken).get('/v1/auth/me').expect(401);
    }
  });

  it.each<[string, Partial<WorkspacePolicy>]>([
    ['shorter times', { idleSeconds: 301, absoluteSeconds: 3_600, accessTokenSeconds: 60, freshSeconds: 60 }],
    ['fewer sessions of one person', { maxConcurrentSessions: 2 }],
    ['a second factor of everybody', { mfaRequired: 'all', mfaRequiredSince: new Date() }],
    ['a second factor of admins', { mfaRequired: 'admins', mfaRequiredSince: new Date() }],
    ['a factor after single sign-on, too', { mfaRequired: 'all', mfaTrustIdp: 'always_ask' }],
    ['a factor in two days', { mfaRequired: 'all', mfaRequiredSince: new Date(), mfaGracePeriodDays: 2 }],
  ])('as the database by itself would make all of them at once: %s', async (_, changes) => {
    await app.sql(
      `insert into sessions (workspace_id, member_id, method, mfa_evidence, cookie_hash, authenticated_at, created_at,
                             idle_seconds, expires_at)
       select $1, m.id, way.method, way.evidence, sha256(gen_random_uuid()::text::bytea), now(),
              now() - make_interval(hours => n), 86400, now() + interval '7 days'
         from members m, generate_series(0, 2) n,
              (values ('password', null), ('password', 'own'), ('saml', null), ('saml', 'provider')) way (method, evidence)
        where m.workspace_id = $1`,
      [acme.id],
    );
    const after = (work: () => Promise<unknown>) =>
      database.rehearse(acme.id, async () => {
        await work();
        return database.query(
          `select id, end_reason, idle_seconds, access_token_seconds, fresh_seconds, expires_at > now() as runs,
                  case when expires_at <> now() + make_interval(secs => 300) then expires_at end as ends
             from sessions order by id`,
        );
      });
    const inPortions = await after(() => follow(changes));
    expect(inPortions).not.toEqual(await after(() => Promise.resolve()));
    const policies = () => database.repository(WorkspacePolicy);
    expect(inPortions).toEqual(await after(() => policies().update({ workspaceId: acme.id }, changes)));
  });

  it('without a new entry in any index', async () => {
    // The counters may hold what the connection did before.
    const written = async (): Promise<[rows: number, alone: number]> => {
      const [count] = await database.query<{ rows: number; alone: number }>(
        `select pg_stat_get_xact_tuples_updated(t)::int as rows, pg_stat_get_xact_tuples_hot_updated(t)::int as alone
           from (select 'sessions'::regclass as t)`,
      );
      return [count!.rows, count!.alone];
    };
    await database.inWorkspace(acme.id, async () => {
      const [rows, alone] = await written();
      await follow({ idleSeconds: 301 });
      await follow({ ssoEnforced: true });
      expect(await written()).toEqual([rows + 8, alone + 8]);
    });
  });
});
