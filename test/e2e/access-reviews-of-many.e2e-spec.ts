import { startApp, type TestApp, type TestWorkspace } from '../support/app';

describe('An access review', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await app.workspace();
    admin = app.http(workspace.admin.accessToken);
  });

  const join = (members: number) =>
    app.sql(
      `with u as (
         insert into users (email) select format('%s@%s.test', n, $2::text) from generate_series(1, $3::int) n
         returning id, email)
       insert into members (workspace_id, user_id, email, user_name, role, source)
       select $1, id, email, email, 'viewer', 'invitation' from u`,
      [workspace.id, workspace.slug, members],
    );
  const begin = (name = 'All of us') => admin.post('/v1/access-reviews').send({ name });

  it('of hundreds takes down every one of them, and removes all who are to go', async () => {
    await join(600);
    const { body: review } = await begin().expect(201);
    expect(review.counts).toMatchObject({ items: 601, open: 601 });
    await app.sql(
      `update access_review_items set decision = 'remove', decided_by = $2, decided_at = now()
        where review_id = $1 and member_id <> $2`,
      [review.id, workspace.admin.memberId],
    );
    await admin
      .post(`/v1/access-reviews/${review.id as string}/complete`)
      .send({ undecided: 'keep' })
      .expect(200);
    const became = await app.sql(
      `select i.effect, m.removed_at is not null as removed, count(*)::int
         from access_review_items i join members m on m.id = i.member_id
        where i.review_id = $1 group by 1, 2 order by 2`,
      [review.id],
    );
    expect(became).toEqual([
      { effect: null, removed: false, count: 1 },
      { effect: 'removed', removed: true, count: 600 },
    ]);
  });

  it('of more people than anybody looks through is not begun', async () => {
    await join(10_000);
    expect((await begin().expect(409)).body.code).toBe('review_too_large');
    expect((await admin.get('/v1/access-reviews').expect(200)).body.data).toEqual([]);
    await app.sql(`update members set role = 'editor' where workspace_id = $1 and role = 'viewer'`, [
      workspace.id,
    ]);
    const scope = { roles: ['editor'] };
    const { body } = await admin.post('/v1/access-reviews').send({ name: 'Editors', scope }).expect(201);
    expect(body.counts.items).toBe(10_000);
  });

  it('is listed before those that are older, page by page', async () => {
    for (const name of ['first', 'second', 'third']) await begin(name).expect(201);
    const page = async (query: object) =>
      (await admin.get('/v1/access-reviews').query(query).expect(200)).body as {
        data: { name: string }[];
        nextCursor: string | null;
      };
    const newest = await page({ limit: 2 });
    expect(newest.data.map(({ name }) => name)).toEqual(['third', 'second']);
    const oldest = await page({ limit: 2, cursor: newest.nextCursor });
    expect(oldest).toMatchObject({ data: [{ name: 'first' }], nextCursor: null });
  });
});
