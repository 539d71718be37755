import { startApp, type TestApp } from '../support/app';
import { scimWorkspace, type ScimWorkspace } from '../support/scim-client';

describe('What counts as one of many members whom a directory deactivates', () => {
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
    // Whoever comes third is held.
    await admin
      .patch('/v1/workspace/policy')
      .send({ scim: { massChange: { members: 2, percent: 1 } } })
      .expect(200);
  });

  /** Members who came by this way long ago, or a moment ago; their ids. */
  const members = async (count: number, { source = 'scim', age = '30 days' } = {}) =>
    (
      await app.sql<{ id: string }>(
        `with u as (insert into users (email) select gen_random_uuid() || '@old.test' from generate_series(1, $2)
                    returning id, email)
         insert into members (workspace_id, user_id, email, user_name, source, created_at)
         select $1, id, email, email, $3, now() - $4::interval from u returning id`,
        [workspace.id, count, source, age],
      )
    ).map(({ id }) => id) as [string, string, string, string, string];
  const setActive = (id: string, active: boolean) =>
    workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: active });
  const statuses = async (ids: readonly string[]) => {
    const all: number[] = [];
    for (const id of ids) all.push((await setActive(id, false)).status);
    return all;
  };

  it('is nobody whom an admin removed, nor whom an admin removed and let in again', async () => {
    const [removed, restored, ...others] = await members(5);
    for (const id of [removed, restored]) await admin.delete(`/v1/members/${id}`).expect(204);
    await admin.post(`/v1/members/${restored}/restore`).expect(200);
    expect(await statuses(others)).toEqual([200, 200, 429]);
  });

  it('is nobody whom the directory had only just made and nobody used', async () => {
    const made = await members(3, { age: '1 minute' });
    expect(await statuses(made)).toEqual([200, 200, 200]);
    expect(await statuses(await members(3))).toEqual([200, 200, 429]);
  });

  it('is whoever came a moment ago by another way, or has signed in, or is older than the window', async () => {
    const invited = await members(3, { source: 'invitation', age: '1 minute' });
    expect(await statuses(invited.slice(0, 1))).toEqual([200]);
    const [used] = await members(1, { age: '1 minute' });
    await app.sql(
      `insert into sessions (workspace_id, member_id, method, authenticated_at, idle_seconds, expires_at)
       values ($1, $2, 'saml', now(), 60, now() + interval '1 hour')`,
      [workspace.id, used],
    );
    const [older] = await members(1, { age: '61 minutes' });
    expect(await statuses([used, older, invited[1]])).toEqual([200, 429, 429]);
  });

  it('is each person once, however often they were taken back', async () => {
    const [again, other, third] = await members(3);
    for (let count = 0; count < 2; count += 1) {
      await setActive(again, false).expect(200);
      await setActive(again, true).expect(200);
    }
    await setActive(again, false).expect(200);
    await setActive(other, false).expect(200);
    await setActive(other, true).expect(200);
    // Who is asked about does not count for themselves.
    await setActive(other, false).expect(200);
    await setActive(third, false).expect(429);
  });

  it('is everybody still when an admin has rejected what waited', async () => {
    const [first, second, held, next] = await members(4);
    expect(await statuses([first, second, held])).toEqual([200, 200, 429]);
    const { body } = await admin.get('/v1/scim/holds').expect(200);
    await admin.post(`/v1/scim/holds/${body.data[0].id}/reject`).expect(200);
    await setActive(next, false).expect(429);
  });

  it('is nobody of before the window', async () => {
    const [first, second, third] = await members(3);
    expect(await statuses([first, second])).toEqual([200, 200]);
    await app.sql(`update offboardings set at = now() - interval '61 minutes' where workspace_id = $1`, [
      workspace.id,
    ]);
    expect(await statuses([third])).toEqual([200]);
  });
});
