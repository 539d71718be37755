import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { rounds } from '../support/rounds';

interface Answer {
  dryRun: boolean;
  counts: Record<string, number>;
  results: { id: string; outcome: string; code: string | null }[];
  nextCursor: string | null;
}

describe('Many members at once', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let count = 0;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({ PUBLIC_URL: service.baseUrl }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  /** Without accounts: they are changed, not asked. */
  const add = async (many: number, role = 'viewer'): Promise<string[]> => {
    count += 1;
    const rows = await service.sql<{ id: string }>(
      `with u as (insert into users (email) select 'm-' || $4 || '-' || n || '@many.test' from generate_series(1, $3) n
                  returning id, email)
       insert into members (workspace_id, user_id, email, user_name, source, role)
       select $1, id, email, email, 'jit', $2 from u returning id`,
      [workspace.id, role, many, count],
    );
    return rows.map(({ id }) => id).sort();
  };
  const bulk = async (body: object): Promise<Answer> =>
    (await admin.post('/v1/members/bulk').send(body).expect(200)).body as Answer;
  const roleOf = async (id: string) => (await admin.get(`/v1/members/${id}`).expect(200)).body.role as string;
  const events = (type: string) => service.auditEvents(workspace.id, type);

  it('have their role changed one by one, each with its event; once more changes nothing', async () => {
    const ids = await add(5);
    const body = { ids, change: { role: 'editor' } };
    expect(await bulk(body)).toMatchObject({ dryRun: false, counts: { changed: 5 }, nextCursor: null });
    expect(await roleOf(ids[3]!)).toBe('editor');
    const changes = await events('workspace.member_updated');
    expect(changes.map(({ target_id }) => target_id).sort()).toEqual(ids);
    expect(new Set(changes.map(({ xid }) => xid)).size).toBe(5);
    expect(await bulk(body)).toMatchObject({ counts: { unchanged: 5 } });
    expect(await events('workspace.member_updated')).toHaveLength(5);
  });

  it('are each refused for themselves: who is unknown, removed, or the last admin', async () => {
    const [first, gone] = await add(2);
    await admin.delete(`/v1/members/${gone}`).expect(204);
    const unknown = '019a0000-0000-7000-8000-000000000000';
    const theirs = (await service.workspace()).admin.memberId;
    const own = workspace.admin.memberId;
    const answer = await bulk({ ids: [own, unknown, theirs, gone, first], change: { role: 'editor' } });
    expect(answer.counts).toEqual({ changed: 1, refused: 4 });
    const codes = Object.fromEntries(answer.results.map(({ id, code }) => [id, code]));
    expect(codes).toEqual({
      ...{ [own]: 'last_admin', [unknown]: 'not_found', [theirs]: 'not_found', [gone!]: 'member_removed' },
      [first!]: null,
    });
    expect(await bulk({ ids: [own, first], remove: true })).toMatchObject({
      counts: { refused: 1, removed: 1 },
    });
    expect(await bulk({ ids: [own, first, gone], restore: true })).toMatchObject({
      counts: { unchanged: 1, restored: 2 },
    });
  });

  it('are told beforehand what would become of them, all together, and nothing happens', async () => {
    const others = await add(2, 'admin');
    const ids = [...others, workspace.admin.memberId];
    const said = await bulk({ ids, remove: true, dryRun: true });
    expect(said).toMatchObject({ dryRun: true, counts: { removed: 2, refused: 1 } });
    expect(said.results.at(-1)).toMatchObject({ id: workspace.admin.memberId, code: 'last_admin' });
    expect(await events('workspace.member_removed')).toEqual([]);
    const [{ live }] = (await service.sql(
      'select count(*)::int as live from members where workspace_id = $1 and removed_at is null',
      [workspace.id],
    )) as [{ live: number }];
    expect(live).toBe(3);
    const done = await bulk({ ids, remove: true });
    expect(done.results).toEqual(said.results);
  });

  it('are chosen by a filter, two hundred at a time', async () => {
    await add(203);
    const body = { filter: 'source eq "jit"', change: { approver: true } };
    const first = await bulk({ ...body, dryRun: true });
    expect(first.counts).toEqual({ changed: 200 });
    const rest = await bulk({ ...body, cursor: first.nextCursor });
    expect(rest).toMatchObject({ counts: { changed: 3 }, nextCursor: null });
  });

  it('get no role above that of who asks', async () => {
    const [id] = await add(1);
    const { body } = await admin
      .post('/v1/api-keys')
      .send({ name: 'hr', scopes: ['members:write'] })
      .expect(201);
    const refused = await service
      .withKey(body.key)
      .post('/v1/members/bulk')
      .send({ ids: [id], change: { role: 'admin' } })
      .expect(403);
    expect(refused.body.code).toBe('role_above_own');
    const viewer = await service.member(workspace, 'viewer');
    await service
      .http(viewer.accessToken)
      .post('/v1/members/bulk')
      .send({ ids: [id], remove: true })
      .expect(403);
  });

  it.each<[object]>([
    [{}],
    [{ remove: true }],
    [{ ids: [], remove: true }],
    [{ ids: ['x'], remove: true }],
    [{ ids: ['019a0000-0000-7000-8000-000000000000'] }],
    [{ ids: ['019a0000-0000-7000-8000-000000000000'], change: {} }],
    [{ ids: ['019a0000-0000-7000-8000-000000000000'], change: { role: 'owner' } }],
    [{ ids: ['019a0000-0000-7000-8000-000000000000'], change: { role: 'viewer', email: 'x' } }],
    [{ ids: ['019a0000-0000-7000-8000-000000000000'], remove: true, restore: true }],
    [{ ids: ['019a0000-0000-7000-8000-000000000000'], remove: false }],
    [{ ids: ['019a0000-0000-7000-8000-000000000000'], filter: 'role eq "viewer"', remove: true }],
    [{ filter: 'role is viewer', remove: true }],
  ])('are not changed by %j', async (body) => {
    await admin.post('/v1/members/bulk').send(body).expect(400);
  });

  it('keep one admin, however many are removed and demoted at the same moment on two instances', async () => {
    await admin
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { onMemberRemoval: 'keep' } })
      .expect(200);
    for (let round = 0; round < rounds({ always: 1, nightly: 30 }); round += 1) {
      const scene = round === 0 ? workspace : await service.workspace();
      workspace = scene;
      admin = service.http(scene.admin.accessToken);
      if (round > 0)
        await admin
          .patch('/v1/workspace/policy')
          .send({ apiKeys: { onMemberRemoval: 'keep' } })
          .expect(200);
      const { body } = await admin
        .post('/v1/api-keys')
        .send({ name: 'hr', scopes: ['members:write'] })
        .expect(201);
      const ids = [...(await add(29, 'admin')), scene.admin.memberId];
      const answers = await Promise.all(
        ids.map((id, index) => {
          const key = (index % 2 ? service : second).withKey(body.key as string);
          return index % 3
            ? key.delete(`/v1/members/${id}`)
            : key.patch(`/v1/members/${id}`).send({ role: 'viewer' });
        }),
      );
      const refused = answers.filter(({ status }) => status >= 400);
      expect(refused.map(({ body }) => body.code)).toEqual(['last_admin']);
      const left = await service.sql(
        `select id from members where workspace_id = $1 and role = 'admin' and removed_at is null`,
        [scene.id],
      );
      expect(left).toHaveLength(1);
    }
  });

  it('may leave by themselves, but for the last admin', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const theirs = service.http(viewer.accessToken);
    await theirs.delete('/v1/members/me').expect(204);
    await theirs.get('/v1/auth/me').expect(401);
    const { body } = await admin.get(`/v1/members/${viewer.memberId}/offboarding`).expect(200);
    expect(body).toMatchObject({ reason: 'left', by: { type: 'user', id: viewer.userId } });
    const refused = await admin.delete('/v1/members/me').expect(409);
    expect(refused.body.code).toBe('last_admin');
  });

  it('are refused on every instance from then on, and /metrics says how soon', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const { body } = await admin
      .post('/v1/api-keys')
      .send({ name: 'ci', scopes: ['members:read'] })
      .expect(201);
    await admin.delete(`/v1/members/${viewer.memberId}`).expect(204);
    await admin.delete(`/v1/api-keys/${body.id}`).expect(204);
    for (let tries = 0; tries < 2; tries += 1) {
      await second.http(viewer.accessToken).get('/v1/auth/me').expect(401);
      await second
        .withKey(body.key as string)
        .get('/v1/auth/me')
        .expect(401);
    }
    const counted = async (credential: string) => {
      const text = (await second.http().get('/metrics').expect(200)).text;
      return Number(
        new RegExp(`^revocation_latency_seconds_count\\{credential="${credential}"\\} (\\d+)`, 'm').exec(
          text,
        )?.[1],
      );
    };
    for (let looks = 0; looks < 50 && !((await counted('session')) > 0); looks += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await counted('session')).toBe(1);
    expect(await counted('api_key')).toBe(1);
  });
});
