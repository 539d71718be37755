import { Database } from '../../src/database/database';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';

interface Shown {
  id: string;
  email: string;
  displayName: string | null;
  role: string;
  lastSeenAt: string | null;
  mfa: { enrolled: boolean; factors: string[] };
}

describe('The list of members', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  /** Members without an account, as a directory makes them. */
  const add = (people: { email: string; name?: string; family?: string; role?: string }[], to = workspace) =>
    service.sql(
      `with p as (select * from jsonb_to_recordset($2) as p(email text, name text, family text, role text)),
            u as (insert into users (email) select email from p returning id, email)
       insert into members (workspace_id, user_id, email, user_name, source, display_name, family_name, role)
       select $1, u.id, u.email, u.email, 'scim', p.name, p.family, coalesce(p.role, 'viewer') from u join p using (email)`,
      [to.id, JSON.stringify(people)],
    );
  const list = async (query: object): Promise<Shown[]> =>
    (await admin.get('/v1/members').query(query).expect(200)).body.data as Shown[];
  const emails = async (query: object) => (await list(query)).map(({ email }) => email);
  const all = async (query: object): Promise<string[]> => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: { data: Shown[]; nextCursor: string | null } } = await admin
        .get('/v1/members')
        .query({ ...query, ...(cursor ? { cursor } : {}) })
        .expect(200);
      seen.push(...body.data.map(({ email }) => email));
      cursor = body.nextCursor;
    } while (cursor);
    return seen;
  };

  it('finds people by the beginning of address, name and family name, whatever the case', async () => {
    await add([
      { email: 'ada@elsewhere.test', name: 'Ada Lovelace' },
      { email: 'g.hopper@elsewhere.test', name: 'Amazing Grace', family: 'Hopper' },
      { email: 'ada%@elsewhere.test', name: "O'Brien \u00c5ngstr\u00f6m" },
    ]);
    expect(await emails({ search: 'ADA@' })).toEqual(['ada@elsewhere.test']);
    expect(await emails({ search: ' love' })).toEqual(['ada@elsewhere.test']);
    expect(await emails({ search: 'ada l' })).toEqual(['ada@elsewhere.test']);
    expect(await emails({ search: 'hop' })).toEqual(['g.hopper@elsewhere.test']);
    expect(await emails({ search: 'ada%' })).toEqual(['ada%@elsewhere.test']);
    expect(await emails({ search: '\u00e5ng' })).toEqual(['ada%@elsewhere.test']);
    expect(await emails({ search: 'elsewhere' })).toEqual([]);
    expect(await emails({ search: "' or true --" })).toEqual([]);
    const { body } = await admin.get('/v1/members').query({ search: 'a\u0000' }).expect(400);
    expect(body.errors).toEqual([{ field: 'search', message: 'search must be one line of readable text.' }]);
    expect(await emails({ search: 'ada', filter: 'role eq "admin"' })).toEqual([]);
    const other = await service.workspace();
    await add([{ email: 'zed@elsewhere.test' }], other);
    expect(await emails({ search: 'zed' })).toEqual([]);
  });

  it('is sorted as asked, page by page, and what is added meanwhile repeats or hides nobody', async () => {
    await add(
      Array.from({ length: 7 }, (_, at) => ({
        email: `m${at}@${workspace.slug}.elsewhere.test`,
        name: at % 2 ? 'Same Name' : `Name ${9 - at}`,
        role: at < 2 ? 'editor' : 'viewer',
      })),
    );
    const byEmail = (await emails({ limit: 200 })).sort();
    expect(await all({ sort: 'email', limit: 3 })).toEqual(byEmail);
    expect(await all({ sort: '-email', limit: 3 })).toEqual([...byEmail].reverse());
    expect(await all({ sort: 'createdAt', limit: 2 })).toEqual([...(await all({ limit: 3 }))].reverse());
    for (const sort of ['displayName', '-displayName', 'role', '-role', 'lastSeenAt', '-lastSeenAt']) {
      expect([...(await all({ sort, limit: 2 }))].sort()).toEqual(byEmail);
    }
    const roles = (await list({ sort: 'role' })).map(({ role }) => role);
    expect(roles).toEqual(['admin', 'editor', 'editor', ...Array<string>(5).fill('viewer')]);
    expect((await list({ sort: '-lastSeenAt' }))[0]).toMatchObject({ email: workspace.admin.email });
    expect((await list({ sort: 'lastSeenAt' }))[0]!.lastSeenAt).toBeNull();

    const { body } = await admin.get('/v1/members').query({ sort: 'email', limit: 4 }).expect(200);
    await add([
      { email: `a0@${workspace.slug}.elsewhere.test` },
      { email: `zz@${workspace.slug}.elsewhere.test` },
    ]);
    const rest = await emails({ sort: 'email', cursor: body.nextCursor });
    const first = body.data.map(({ email }: Shown) => email);
    expect(new Set([...first, ...rest]).size).toBe(first.length + rest.length);
    for (const email of byEmail) expect([...first, ...rest]).toContain(email);
    await admin.get('/v1/members').query({ sort: '-email', cursor: body.nextCursor }).expect(400);
  });

  it('shows who has a second factor, and counts by status, role and source', async () => {
    const editor = await service.member(workspace, 'editor');
    await enrol(service, editor.accessToken);
    const gone = await service.member(workspace, 'viewer');
    await admin.delete(`/v1/members/${gone.memberId}`).expect(204);
    const [shown] = await list({ search: editor.email });
    expect(shown!.mfa).toEqual({ enrolled: true, factors: ['totp'] });
    const { body } = await admin.get('/v1/members/counts').expect(200);
    expect(body).toEqual({
      status: { active: 2, removed: 1 },
      role: { admin: 1, editor: 1, viewer: 0 },
      source: { founder: 1, invitation: 1 },
    });
    await service.http(editor.accessToken).get('/v1/members/counts').expect(403);
  });

  it.each([
    { search: '' },
    { search: ' ' },
    { search: 'x'.repeat(101) },
    { search: 'a\u0000' },
    { sort: 'password' },
    { sort: '--email' },
    { sort: 'email', cursor: 'x' },
    { sort: 'email', cursor: Buffer.from('["email",1,"x"]').toString('base64url') },
    {
      sort: 'lastSeenAt',
      cursor: Buffer.from(
        '["lastSeenAt","2030-02-30 12:00:00+00","019a0000-0000-7000-8000-000000000000"]',
      ).toString('base64url'),
    },
    {
      sort: 'lastSeenAt',
      cursor: Buffer.from('["lastSeenAt","soon","019a0000-0000-7000-8000-000000000000"]').toString(
        'base64url',
      ),
    },
  ])('is not given for %j', async (query) => {
    await admin.get('/v1/members').query(query).expect(400);
  });

  it('of a hundred thousand reads no more than it shows', async () => {
    await service.sql(`
      set session_replication_role = replica;
      with u as (insert into users (id, email)
        select new_id(), 'person-' || n || '@many.test' from generate_series(1, 100000) n returning id, email)
      insert into members (workspace_id, user_id, email, user_name, user_name_key, name_key, family_key, source)
      select '${workspace.id}', id, email, email, email, 'name of ' || email, 'family ' || email, 'scim' from u;
      set session_replication_role = origin;
      analyze members; analyze sessions;`);
    const plans: string[] = [];
    const database = service.app.get(Database);
    const spied = jest.spyOn(database, 'query').mockImplementation(async function (
      this: Database,
      text,
      values,
    ) {
      const query = Database.prototype.query.bind(this);
      if (typeof text === 'string' && text.includes('as place')) {
        const lines = await query<{ 'QUERY PLAN': string }>(`explain (analyze, timing off) ${text}`, values);
        plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
      }
      return await query(text, values);
    });
    try {
      for (const query of [
        { limit: 50 },
        { search: 'person-4242@' },
        { search: 'name of person-77' },
        { search: 'family person-99999' },
        { sort: 'email' },
        { sort: '-displayName' },
        { filter: 'role eq "admin"' },
        { filter: 'email eq "person-31415@many.test"' },
      ]) {
        plans.length = 0;
        expect((await list(query)).length).toBeGreaterThan(0);
        const [plan] = plans;
        expect({ query, plan }).toEqual({ query, plan: expect.not.stringContaining('Seq Scan on members') });
        const read = [...plan!.matchAll(/members[^\n]*actual rows=([\d.]+)/g)].map(([, rows]) =>
          Number(rows),
        );
        expect({ query, plan, most: Math.max(...read) < 5_000 }).toEqual({ query, plan, most: true });
        const dropped = [...plan!.matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, rows]) => Number(rows));
        expect({ query, plan, dropped: Math.max(0, ...dropped) < 5_000 }).toEqual({
          query,
          plan,
          dropped: true,
        });
      }
    } finally {
      spied.mockRestore();
    }
  });
});
