import { setTimeout as pause } from 'node:timers/promises';
import type { Response, Test } from 'supertest';
import { PASSWORD, startApp, type TestApp, type TestPerson } from '../support/app';
import { AuthenticatorApp } from '../support/authenticator-app';
import { seededRandom } from '../support/seeded-random';
import { rounds } from '../support/rounds';
import { ScimClient, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

jest.setTimeout(300_000);

const WORKERS = 20;
const SECONDS = rounds({ always: 3, nightly: 120 });
const SEED = 11;

type Person = TestPerson & { tokens: { access: string; refresh: string }[] };

describe('A workspace of ten people where everything happens at once', () => {
  let app: TestApp;
  let second: TestApp;
  let workspace: ScimWorkspace;
  let people: Person[];
  const random = seededRandom(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const users: string[] = [];
  const groups: string[] = [];
  const keys: string[] = [];
  const secrets: string[] = [];
  const invitations: { id: string }[] = [];
  const requests: string[] = [];
  const reviews: string[] = [];
  const server: string[] = [];

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
    workspace = await scimWorkspace(app);
    const roles = [
      'admin',
      'admin',
      'admin',
      'editor',
      'editor',
      'editor',
      'viewer',
      'viewer',
      'viewer',
    ] as const;
    scimToken = workspace.scim.token;
    people = [];
    for (const role of roles)
      people.push(known(await app.member(workspace, role, { approver: role === 'admin' })));
    for (let i = 0; i < 4; i += 1)
      groups.push((await workspace.scim.createGroup({ displayName: `G${i}` })).id);
    await app
      .http(workspace.admin.accessToken)
      .put('/v1/role-mappings')
      .send({ rules: [{ source: 'scim_group', value: 'G0', role: 'editor' }] })
      .expect(200);
    for (let i = 0; i < 4; i += 1)
      secrets.push(
        (
          await asAdmin(app)
            .post('/v1/secrets')
            .send({ name: `s${i}`, value: 'v' })
            .expect(201)
        ).body.id,
      );
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });

  const known = (person: TestPerson): Person => ({
    ...person,
    tokens: [{ access: person.accessToken, refresh: person.refreshToken }],
  });
  const asAdmin = (at: TestApp) => at.http(workspace.admin.accessToken);
  const tokenOf = (person: Person) => person.tokens.at(-1) ?? { access: 'x', refresh: 'x' };
  const as = (at: TestApp, person: Person) => at.http(tokenOf(person).access);
  let scimToken: string;
  const scimOf = (at: TestApp) => new ScimClient(at, scimToken);
  const asOften = (at: TestApp) => (random() < 0.6 ? asAdmin(at) : as(at, pick(people)));
  /** Without the one admin in whose name most of it happens. */
  const members = async () =>
    (
      await app.sql<{ id: string }>(
        'select id from members where workspace_id = $1 and id <> $2 order by id desc limit 15',
        [workspace.id, workspace.admin.memberId],
      )
    ).map((r) => r.id);
  const victim = async () => (random() < 0.75 ? pick(people).memberId : pick(await members()));
  const value = (id: string) => ({ value: id });

  /** What may happen, by name. */
  const deeds: Record<string, (at: TestApp) => Promise<Response | undefined> | Test> = {
    signIn: async (at) => {
      const person = pick(people);
      const answer = await at
        .http()
        .post('/v1/auth/login')
        .send({ email: person.email, password: PASSWORD, workspace: workspace.slug });
      if (answer.status === 200 && answer.body.accessToken)
        person.tokens.push({ access: answer.body.accessToken, refresh: answer.body.refreshToken });
      return answer;
    },
    refresh: async (at) => {
      const person = pick(people);
      const token = tokenOf(person);
      const answer = await at.http().post('/v1/auth/refresh').send({ refreshToken: token.refresh });
      if (answer.status === 200)
        person.tokens.push({ access: answer.body.accessToken, refresh: answer.body.refreshToken });
      return answer;
    },
    signOut: (at) => as(at, pick(people)).post('/v1/auth/logout'),
    endAll: async (at) => asOften(at).delete(`/v1/members/${await victim()}/sessions`),
    role: async (at) =>
      asOften(at)
        .patch(`/v1/members/${await victim()}`)
        .send({ role: pick(['admin', 'admin', 'editor', 'viewer']) }),
    remove: async (at) => asOften(at).delete(`/v1/members/${await victim()}`),
    restore: async (at) => asAdmin(at).post(`/v1/members/${await victim()}/restore`),
    comeBack: async (at) => {
      const person = pick(people);
      await asAdmin(at).post(`/v1/members/${person.memberId}/restore`);
      return deeds.signIn!(at);
    },
    leave: (at) => as(at, pick(people)).delete('/v1/members/me'),
    bulk: (at) =>
      asAdmin(at)
        .post('/v1/members/bulk')
        .send({
          ids: [pick(people).memberId, pick(people).memberId, pick(people).memberId].filter(
            (x, i, l) => l.indexOf(x) === i,
          ),
          ...pick([
            { change: { role: 'editor' } },
            { change: { role: 'admin' } },
            { remove: true },
            { restore: true },
          ]),
        }),
    override: async (at) => asAdmin(at).delete(`/v1/members/${await victim()}/access/override`),
    invite: async (at) => {
      const answer = await asOften(at)
        .post('/v1/invitations')
        .send({ email: pick([`i${Math.floor(random() * 4)}@x.test`, pick(people).email]), role: 'viewer' });
      if (answer.status === 201) invitations.push(answer.body);
      return answer;
    },
    resend: (at) => asOften(at).post(`/v1/invitations/${pick(invitations)?.id}/resend`),
    uninvite: (at) => asOften(at).delete(`/v1/invitations/${pick(invitations)?.id}`),
    createUser: async (at) => {
      const answer = await scimOf(at).post('/Users', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: `u${Math.floor(random() * 30)}@scim.test`,
        active: random() < 0.8,
      });
      if (answer.status === 201) users.push(answer.body.id);
      return answer;
    },
    switchUser: (at) =>
      scimOf(at).patch(`/Users/${pick(users)}`, { op: 'replace', path: 'active', value: random() < 0.5 }),
    renameUser: (at) =>
      scimOf(at).patch(`/Users/${pick(users)}`, {
        op: 'replace',
        path: 'displayName',
        value: `N${random()}`,
      }),
    deleteUser: (at) => scimOf(at).delete(`/Users/${pick(users)}`),
    joinGroup: (at) =>
      scimOf(at).patch(`/Groups/${pick(groups)}`, {
        op: 'add',
        path: 'members',
        value: [value(pick(users)), value(pick(users)), ...(random() < 0.2 ? [value(pick(groups))] : [])],
      }),
    leaveGroup: (at) =>
      scimOf(at).patch(`/Groups/${pick(groups)}`, {
        op: 'remove',
        path: 'members',
        value: [value(pick(users)), value(pick(users))],
      }),
    putGroup: (at) =>
      scimOf(at).patch(`/Groups/${pick(groups)}`, {
        op: 'replace',
        path: 'members',
        value: [value(pick(users)), value(pick(users)), value(pick(users))],
      }),
    bulkScim: (at) =>
      scimOf(at).post('/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [0, 1, 2].map((i) => ({
          method: 'PATCH',
          path: `/Users/${pick(users)}`,
          bulkId: `b${i}`,
          data: {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations: [{ op: 'replace', path: 'active', value: random() < 0.5 }],
          },
        })),
      }),
    rules: (at) =>
      asAdmin(at)
        .put('/v1/role-mappings')
        .send({
          rules: pick([
            [],
            [{ source: 'scim_group', value: pick(['G0', 'G1']), role: pick(['editor', 'admin']) }],
          ]),
        }),
    createKey: async (at) => {
      const answer = await asOften(at)
        .post('/v1/api-keys')
        .send({ name: 'k', scopes: ['members:read'] });
      if (answer.status === 201) keys.push(answer.body.id);
      return answer;
    },
    rotateKey: async (at) => {
      const answer = await asOften(at)
        .post(`/v1/api-keys/${pick(keys)}/rotate`)
        .send({ overlapSeconds: pick([0, 60]) });
      if (answer.status === 201) keys.push(answer.body.id);
      return answer;
    },
    renameKey: (at) =>
      asOften(at)
        .patch(`/v1/api-keys/${pick(keys)}`)
        .send({ name: `k${random()}` }),
    revokeKey: (at) => asOften(at).delete(`/v1/api-keys/${pick(keys)}`),
    adoptKey: (at) => asOften(at).post(`/v1/api-keys/${pick(keys)}/adopt`),
    writeSecret: (at) =>
      asOften(at)
        .put(`/v1/secrets/${pick(secrets)}`)
        .send({ value: `v${random()}` }),
    termsOfSecret: (at) =>
      asAdmin(at)
        .patch(`/v1/secrets/${pick(secrets)}`)
        .send({ approvalRequired: random() < 0.7 }),
    reveal: (at) =>
      asOften(at)
        .post(`/v1/secrets/${pick(secrets)}/reveal`)
        .send({ reason: 'r' }),
    askToReveal: async (at) => {
      const answer = await asOften(at)
        .post(`/v1/secrets/${pick(secrets)}/reveal-requests`)
        .send({ reason: 'r' });
      if (answer.status === 201) requests.push(answer.body.id);
      return answer;
    },
    approveReveal: (at) => asOften(at).post(`/v1/secrets/reveal-requests/${pick(requests)}/approve`),
    rotateData: (at) => asAdmin(at).post('/v1/secrets/data-key/rotate'),
    sessionPolicy: (at) =>
      asAdmin(at)
        .patch('/v1/workspace/policy')
        .send({ session: { maxConcurrent: pick([null, 5, 8]), idleSeconds: pick([3600, 7200]) } }),
    keyPolicy: (at) =>
      asAdmin(at)
        .patch('/v1/workspace/policy')
        .send({
          apiKeys: { onMemberRemoval: pick(['keep', 'revoke']), maxLifetimeDays: pick([null, 30, 90]) },
        }),
    breakerPolicy: (at) =>
      asAdmin(at)
        .patch('/v1/workspace/policy')
        .send({ scim: { massChange: { members: pick([1, 3, 100]), percent: pick([1, 50, 100]) } } }),
    decideHold: async (at) => {
      const { body } = await asAdmin(at).get('/v1/scim/holds');
      const [hold] = (body as { data?: { id: string }[] }).data ?? [];
      return asAdmin(at).post(`/v1/scim/holds/${hold?.id}/${pick(['approve', 'reject'])}`);
    },
    review: async (at) => {
      const answer = await asAdmin(at).post('/v1/access-reviews').send({ name: 'r' });
      if (answer.status === 201) reviews.push(answer.body.id);
      return answer;
    },
    decide: async (at) => {
      const id = reviews.at(-1);
      const { body } = await asAdmin(at).get(`/v1/access-reviews/${id}/items`);
      const item = pick((body as { data?: { id: string }[] }).data ?? []);
      return asOften(at)
        .post(`/v1/access-reviews/${id}/items/${item?.id}`)
        .send({ decision: pick(['keep', 'remove']) });
    },
    endReview: (at) =>
      asAdmin(at)
        .post(`/v1/access-reviews/${reviews.at(-1)}/complete`)
        .send({ undecided: 'keep' }),
    factor: async (at) => {
      const person = pick(people);
      const { status, body } = await as(at, person).post('/v1/auth/factors').send({ type: 'totp' });
      if (status !== 201) return;
      const confirmed = await as(at, person)
        .post(`/v1/auth/factors/${body.id}/confirm`)
        .send({ code: new AuthenticatorApp(body.secret).code() });
      return confirmed;
    },
    dropFactors: async (at) => asAdmin(at).delete(`/v1/members/${await victim()}/factors`),
    password: (at) =>
      as(at, pick(people))
        .post('/v1/auth/password/change')
        .send({ currentPassword: PASSWORD, newPassword: PASSWORD }),
    resetMail: async (at) => asAdmin(at).post(`/v1/members/${await victim()}/password-reset`),
    switchOff: async (at) => {
      if (random() > 0.1) return undefined;
      const answer = await asAdmin(at)
        .post('/v1/scim/switch-off')
        .send({ mode: pick(['convert', 'suspend']) });
      const { body } = await asAdmin(at).post('/v1/scim/tokens').send({ name: 'Directory' });
      scimToken = (body as { token?: string }).token ?? scimToken;
      return answer;
    },
    undo: async (at) => {
      const { body } = await asAdmin(at).get('/v1/scim/switch-off');
      const [one] = (body as { data?: { id: string; undoneAt: null }[] }).data ?? [];
      return one && !one.undoneAt ? asAdmin(at).post(`/v1/scim/switch-off/${one.id}/undo`) : undefined;
    },
  };

  const names = Object.keys(deeds);

  it('answers nothing with 5xx, waits for nobody in circles, and leaves all in order', async () => {
    const until = Date.now() + SECONDS * 1000;
    const work = async () => {
      while (Date.now() < until) {
        const name = pick(names);
        const answer = await deeds[name]!(pick([app, second]));
        if (!answer) continue;
        if (
          answer.status >= 500 ||
          answer.body?.code === 'busy' ||
          /changing the same/.test(answer.text ?? '')
        )
          server.push(`${name} ${answer.status} ${answer.text}`);
        if (random() < 0.05) await pause(5);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    expect(server).toEqual([]);
  });

  it('has met no dead-lock', async () => {
    await pause(1500);
    const [row] = await app.sql<{ n: number }>(
      'select deadlocks::int as n from pg_stat_database where datname = current_database()',
    );
    expect(row).toEqual({ n: 0 });
  });

  it('has an admin', async () => {
    const rows = await app.sql(
      "select id from members where workspace_id = $1 and role = 'admin' and removed_at is null",
      [workspace.id],
    );
    expect(rows.length).toBeGreaterThan(0);
  });

  it('leaves nothing to those who are out', async () => {
    for (const table of ['sessions', 'mfa_challenges', 'sign_in_codes', 'password_resets', 'link_proofs']) {
      const over = table === 'sessions' ? 'ended_at' : 'consumed_at';
      expect(
        await app.sql(`select t.id, '${table}' as of from ${table} t join members m on m.id = t.member_id
           where m.removed_at is not null and t.${over} is null and t.expires_at > now()`),
      ).toEqual([]);
    }
    expect(
      await app.sql(`select k.id, k.creator_left_at from api_keys k join members m on m.id = k.created_by
         where m.removed_at is not null and k.revoked_at is null and k.creator_left_at is null`),
    ).toEqual([]);
    expect(
      await app.sql(`select i.id from invitations i join members m on m.id = i.invited_by
         where m.removed_at is not null and i.revoked_at is null and i.accepted_at is null and i.expires_at > now()`),
    ).toEqual([]);
    expect(
      await app.sql(`select r.id from secret_reveal_requests r join members m on m.id = r.requested_by
         where m.removed_at is not null and r.used_at is null and r.expires_at > now()
           and coalesce(r.decision, 'approved') = 'approved'`),
    ).toEqual([]);
  });

  it('counts exactly', async () => {
    const tallies = await app.sql(`select g.id from directory_groups g
      where (select coalesce(sum(n), 0) from tallies t where t.subject = g.id and t.kind = 'members')
         <> (select count(*) from directory_group_members m where m.group_id = g.id)
          + (select count(*) from directory_group_nestings n where n.group_id = g.id)`);
    expect(tallies).toEqual([]);
    const [usersSeen] = await app.sql<{ counted: string; there: string }>(
      `select (select sum(n) from tallies where workspace_id = $1 and kind = 'users')::text as counted,
              (select count(*) from members where workspace_id = $1 and scim_deleted_at is null)::text as there`,
      [workspace.id],
    );
    expect(usersSeen!.counted).toBe(usersSeen!.there);
  });

  it('recorded each departure and each return once', async () => {
    const rows = await app.sql(
      `select m.id from members m where m.workspace_id = $1 and
      (m.removed_at is null) is distinct from not exists (select from offboardings o where o.member_id = m.id and o.restored_at is null)
      and (m.removed_at is null or exists (select from offboardings o where o.member_id = m.id))`,
      [workspace.id],
    );
    expect(rows).toEqual([]);
    const [counts] = await app.sql<{ events: string; receipts: string }>(
      `select (select count(*) from audit_events where workspace_id = $1 and type = 'workspace.member_removed')::text as events,
              (select count(*) from offboardings where workspace_id = $1)::text as receipts`,
      [workspace.id],
    );
    expect(counts!.events).toBe(counts!.receipts);
  });
});
