import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { Browser } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

describe('The members as a file', () => {
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
  const add = (count: number, name: string) =>
    service.sql(
      `with u as (insert into users (email)
                  select 'p' || n || '@' || $1::uuid || '.test' from generate_series(1, $2::int) n returning id, email)
       insert into members (workspace_id, user_id, email, user_name, source, display_name, role)
       select $1, u.id, u.email, u.email, 'scim', $3, 'viewer' from u`,
      [workspace.id, count, name],
    );
  const exported = async (query: object) => {
    const answer = await admin.get('/v1/members/export').query(query).buffer(true).expect(200);
    return { text: answer.text, headers: answer.headers as Record<string, string> };
  };

  it('is CSV for spreadsheets, with what the list says of each, oldest first', async () => {
    await enrol(service, workspace.admin.accessToken);
    const bob = await service.member(workspace, 'editor', { approver: true });
    await service.sql(`update members set display_name = '=cmd|"calc"' where id = $1`, [bob.memberId]);
    const { text, headers } = await exported({});
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="members-\d{4}-\d\d-\d\d\.csv"$/);
    const [head, first, second, end] = text.split('\r\n');
    expect(head).toBe(
      'email,displayName,role,approver,status,source,factors,lastSeenAt,createdAt,removedAt,removalReason,id,userId',
    );
    expect(first).toMatch(
      new RegExp(`^${workspace.admin.email},[^,]*,admin,false,active,founder,totp,\\d{4}-`),
    );
    expect(second).toMatch(
      new RegExp(
        `^${bob.email},"'=cmd\\|""calc""",editor,true,active,[a-z]+,.*,${bob.memberId},[0-9a-f-]{36}$`,
      ),
    );
    expect(end).toBe('');
  });

  it('is NDJSON for programs: a line for each, as the list has them', async () => {
    const { text, headers } = await exported({ format: 'ndjson' });
    expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const { body } = await admin.get('/v1/members').expect(200);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(body.data);
  });

  it('is everybody, each once, however many pages a list of them has', async () => {
    await add(1_203, 'Somebody');
    const { text } = await exported({ format: 'ndjson' });
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(new Set(ids).size).toBe(1_204);
    expect(ids).toHaveLength(1_204);
  });

  it('is whom a filter and a search leave', async () => {
    await add(3, 'Grace Hopper');
    const rows = async (query: object) => (await exported(query)).text.trimEnd().split('\r\n').length - 1;
    expect(await rows({ search: 'grace' })).toBe(3);
    expect(await rows({ filter: 'role eq "admin"' })).toBe(1);
    expect(await rows({ filter: 'role eq "admin"', search: 'grace' })).toBe(0);
  });

  it('is refused before anything is sent for a filter that says nothing, and for what only lists take', async () => {
    const refused = async (query: object) =>
      (await admin.get('/v1/members/export').query(query).expect(400)).body.code as string;
    expect(await refused({ filter: 'role is "admin"' })).toBe('invalid_filter');
    expect(await refused({ format: 'pdf' })).toBe('validation_failed');
    expect(await refused({ limit: '5' })).toBe('validation_failed');
    expect(await service.auditEvents(workspace.id, 'workspace.members_exported')).toEqual([]);
  });

  it('is on record, without what was searched for', async () => {
    await exported({});
    await exported({ format: 'ndjson', search: 'Ada Lovelace' });
    const events = await service.auditEvents(workspace.id, 'workspace.members_exported');
    expect(events.map(({ data }) => data)).toEqual([
      { format: 'csv', everybody: true },
      { format: 'ndjson', everybody: false },
    ]);
  });

  it('needs members:read of a key, and shows nobody of another workspace', async () => {
    const other = await service.workspace();
    const { text } = await exported({});
    expect(text).not.toContain(other.admin.email);
    const { body } = await admin
      .post('/v1/api-keys')
      .send({ name: 'reads the log', scopes: ['audit:read'] })
      .expect(201);
    await service
      .withKey(body.key as string)
      .get('/v1/members/export')
      .expect(403);
  });

  it('is led to from the console, with what the page shows', async () => {
    await add(2, 'Grace Hopper');
    const browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
    const page = await browser.open(`${service.baseUrl}/console/members?search=grace&role=viewer`);
    const link = /href="(\/v1\/members\/export\?format=csv[^"]*)"/
      .exec(page.text)![1]!
      .replaceAll(/&(amp|#38);/g, '&');
    const file = await browser.open(`${service.baseUrl}${link}`);
    expect(file.text.trimEnd().split('\r\n')).toHaveLength(3);
  });
});
