import { randomUUID } from 'node:crypto';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  issueScimToken,
  ScimClient,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

interface ActivityBody {
  id: string;
  at: string;
  summary: string;
  outcome: string;
  method: string;
  path: string;
  status: number;
  operations: unknown[];
  changes: unknown[];
  requestId: string;
}

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

describe('The activity log of directories', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let okta: ScimClient;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
    okta = workspace.scim.with({ 'user-agent': 'Okta SCIM Client 1.0.0' });
  });

  const activities = async (query: object = {}) =>
    (await admin.get('/v1/scim/activity').query(query).expect(200)).body.data as ActivityBody[];
  const latest = async () => (await activities({ limit: 1 }))[0]!;
  const provision = (displayName: string) => okta.create({ displayName });

  it('writes down no password of a Bulk request or a search, and calls a search that was refused one', async () => {
    const { id } = await provision('Bob Bee');
    const Operations = [{ op: 'replace', path: 'password', value: 'hidden' }];
    await okta.post('/Bulk', {
      Operations: [{ method: 'PATCH', path: `/Users/${id}`, data: { Operations } }],
    });
    expect(JSON.stringify(await latest())).not.toContain('hidden');
    await okta.post('/Users/.search', { filter: 'password eq "hidden"' }).expect(400);
    const search = await latest();
    expect(JSON.stringify(search)).not.toContain('hidden');
    expect(search.summary).toBe(
      'Okta wanted to search and was refused: There is no attribute "password" to filter by.',
    );
  });

  it('tells in words what was done to whom, with before and after', async () => {
    const { id } = await provision('Bob Bee');
    expect((await latest()).summary).toBe('Okta created Bob Bee');
    await okta.patch(`/Users/${id}`, { op: 'replace', value: { title: 'Boss', userType: 'Employee' } });
    expect(await latest()).toMatchObject({
      summary: 'Okta changed title, userType of Bob Bee',
      outcome: 'changed',
      changes: [
        {
          event: 'scim.user_updated',
          resource: { type: 'User', id },
          name: 'Bob Bee',
          attributes: { title: { before: null, after: 'Boss' } },
        },
      ],
    });
    await okta.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' }).expect(200);
    expect(await latest()).toMatchObject({
      summary: 'Okta suspended Bob Bee',
      method: 'PATCH',
      path: `/Users/${id}`,
      status: 200,
      directory: { tokenId: workspace.tokenId, tokenName: 'Directory', connector: 'Okta' },
      operations: [{ op: 'replace', path: 'active', value: 'False' }],
      changes: [{ attributes: { active: { before: true, after: false } } }],
    });
    await okta.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }).expect(200);
    expect(await latest()).toMatchObject({
      summary: 'Okta asked for what is so already of Bob Bee',
      outcome: 'unchanged',
      changes: [],
    });
    await okta.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true }).expect(200);
    expect((await latest()).summary).toBe('Okta reactivated Bob Bee');
    await okta.delete(`/Users/${id}`).expect(204);
    expect((await latest()).summary).toBe('Okta removed Bob Bee');
  });

  it('tells which parts of an extension were changed', async () => {
    const { id } = await provision('Dee');
    const change = (value: object) => okta.patch(`/Users/${id}`, { op: 'replace', value }).expect(200);
    await change({ [ENTERPRISE]: { department: 'R&D', costCenter: '1' } });
    expect((await latest()).summary).toBe('Okta changed costCenter, department of Dee');
    await change({ title: 'Boss', [ENTERPRISE]: { department: 'R&D', costCenter: '2', manager: 'm1' } });
    expect((await latest()).summary).toBe('Okta changed costCenter, manager, title of Dee');
  });

  it('tells who came into a group and went', async () => {
    const people = [await provision('Ann'), await provision('Bo'), await provision('Cy')];
    const entra = new ScimClient(app, workspace.scim.token);
    const { body: group } = await entra.post('/Groups?aadOptscim062020', {
      schemas: [GROUP],
      displayName: 'Engineering',
    });
    expect((await latest()).summary).toBe('Entra created the group Engineering');
    const path = `/Groups/${group.id as string}`;
    const members = people.map(({ id }) => ({ value: id }));
    await okta.patch(path, { op: 'add', path: 'members', value: members });
    expect(await latest()).toMatchObject({
      summary: 'Okta added 3 members to Engineering',
      changes: [{ membersAdded: { count: 3 } }],
    });
    await okta.patch(path, { op: 'remove', path: `members[value eq "${people[1]!.id}"]` });
    expect((await latest()).summary).toBe('Okta removed Bo from Engineering');
    expect((await activities({ member: people[1]!.id })).map(({ summary }) => summary)).toEqual([
      'Okta removed Bo from Engineering',
      'Okta added 3 members to Engineering',
      'Okta created Bo',
    ]);
    expect(await activities({ group: group.id as string })).toHaveLength(3);
  });

  it('tells what was looked for, by the name of the token where the connector does not say who it is', async () => {
    await workspace.scim.get('/Users').query({ filter: 'userName eq "bob@acme.test"' }).expect(200);
    expect(await latest()).toMatchObject({
      summary: 'Directory looked for users with userName eq "bob@acme.test"',
      outcome: 'read',
    });
    await workspace.scim.get('/ServiceProviderConfig').expect(200);
    expect((await latest()).summary).toBe('Directory read what this server can do');
    await workspace.scim.get(`/Users/${workspace.admin.memberId}`).expect(200);
    expect((await latest()).summary).toBe(`Directory read ${workspace.admin.email}`);
  });

  it('tells what was refused and why, and what waits', async () => {
    const { id, userName } = await provision('Bob');
    await okta.post('/Users', { schemas: [USER], userName }).expect(409);
    expect(await latest()).toMatchObject({
      summary: expect.stringMatching(new RegExp(`^Okta wanted to create ${userName} and was refused: `)),
      outcome: 'refused',
      status: 409,
      scimType: 'uniqueness',
      changes: [],
    });
    await okta.get('/Me').expect(501);
    expect(await latest()).toMatchObject({
      summary: expect.stringMatching(/^Okta wanted to read \/Me and was refused: A SCIM token/),
      outcome: 'refused',
    });
    await okta.patch(`/Users/${id}`, { op: 'remove' }).expect(400);
    expect(await latest()).toMatchObject({ status: 400, outcome: 'refused' });
    await okta.post('/Users', '{"schemas":').expect(400);
    expect(await latest()).toMatchObject({ status: 400, scimType: null, operations: [{ op: 'create' }] });
    await okta.get('/Nothing').expect(404);
    expect(await latest()).toMatchObject({ status: 404, path: '/Nothing' });

    await admin
      .patch('/v1/workspace/policy')
      .send({ scim: { massChange: { members: 0, percent: 1 } } })
      .expect(200);
    await app.sql(`update members set created_at = now() - interval '3 days' where id = $1`, [id]);
    await okta.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }).expect(429);
    expect(await latest()).toMatchObject({
      summary: 'Okta wanted to suspend Bob, which waits for an admin',
      outcome: 'held',
      status: 429,
    });
    expect(await activities({ outcome: 'held' })).toHaveLength(1);
  });

  it('tells of many operations in one request what stands, and that something was refused', async () => {
    const Operations = [
      { method: 'POST', path: '/Users', bulkId: 'a', data: { schemas: [USER], userName: 'ann@acme.test' } },
      { method: 'DELETE', path: `/Users/${workspace.admin.memberId}` },
      { method: 'POST', path: '/Groups', bulkId: 'b', data: { schemas: [GROUP], displayName: 'Staff' } },
    ];
    await okta.post('/Bulk', { schemas: [BULK], Operations }).expect(200);
    expect(await latest()).toMatchObject({
      summary:
        'Okta created ann@acme.test, created the group Staff; 1 of 3 operations was refused: ' +
        'A workspace keeps at least one admin. Make somebody else admin first.',
      outcome: 'changed',
      status: 200,
      operations: [{ op: 'post' }, { op: 'delete' }, { op: 'post' }],
      changes: [{ event: 'scim.user_created' }, { event: 'scim.group_created' }],
    });
  });

  it('tells of many operations in one request of which none stands that they were refused, and why', async () => {
    const Operations = [
      { method: 'POST', path: '/Users', bulkId: 'a', data: { schemas: [USER] } },
      { method: 'DELETE', path: `/Users/${workspace.admin.memberId}` },
    ];
    await okta.post('/Bulk', { schemas: [BULK], Operations }).expect(200);
    expect(await latest()).toMatchObject({
      summary: 'Okta wanted to do 2 things at once and was refused: userName is required.',
      outcome: 'refused',
      status: 200,
      scimType: 'invalidValue',
      detail: 'userName is required.',
      changes: [],
    });
  });

  it('tells of a token that was revoked, but of none that never was one', async () => {
    const { id, token } = await issueScimToken(app, workspace.admin, { name: 'Old one' });
    await admin.delete(`/v1/scim/tokens/${id}`).expect(204);
    await new ScimClient(app, token).get('/Users').expect(401);
    expect(await latest()).toMatchObject({
      summary: 'Old one showed a token that has expired or was revoked',
      outcome: 'refused',
      status: 401,
      directory: { tokenId: id },
    });
    const before = await activities();
    const forged = token.replace(/_[^_]+$/, (secret) => `_${[...secret.slice(1)].reverse().join('')}`);
    await new ScimClient(app, forged).get('/Users').expect(401);
    await app.http('nonsense').get('/scim/v2/Users').expect(401);
    await app.http(workspace.admin.accessToken).get('/scim/v2/Users').expect(403);
    expect(await activities()).toEqual(before);
  });

  it('keeps no secret and nothing oversized', async () => {
    const secret = 'hunter2-hunter2';
    const { id } = await okta.create({ password: secret, nickName: 'n'.repeat(900) });
    await okta.patch(
      `/Users/${id}`,
      { op: 'replace', path: 'password', value: secret },
      { op: 'replace', value: { password: secret } },
    );
    await okta.put(`/Users/${id}`, { schemas: [USER], userName: `u-${id}`, password: secret });
    await okta.get('/Users').query({ filter: `password eq "${secret}"` });
    const emails = Array.from({ length: 300 }, (_, index) => ({ value: `${index}@acme.test` }));
    await okta.patch(`/Users/${id}`, { op: 'replace', path: 'emails', value: emails });
    await activities();
    const [{ text }] = (await app.sql<{ text: string }>(
      'select json_agg(a)::text as text from scim_activity a where workspace_id = $1',
      [workspace.id],
    )) as [{ text: string }];
    expect(text).toContain('***');
    expect(text).not.toContain(secret);
    expect(text.length).toBeLessThan(20_000);
    const { operations } = await latest();
    expect(operations).toMatchObject([{ path: 'emails', value: expect.arrayContaining(['… and 280 more']) }]);
  });

  it('loses nothing when a text has to be cut within a character', async () => {
    const long = `${'x'.repeat(198)}💥 and more`;
    await Promise.all([
      provision('Bob Bee'),
      okta.create({ displayName: long, nickName: `${'n'.repeat(98)}💥💥` }),
    ]);
    const told = (await activities()).map(({ operations }) => JSON.stringify(operations)).join('\n');
    expect(told).toContain('"displayName":"Bob Bee"');
    expect(told).toContain(`"displayName":"${'x'.repeat(198)}…"`);
  });

  it('keeps requests whose texts hold control characters, or nothing', async () => {
    const nobody = 'filter=userName%20eq%20%22a%00b%1Ec%1Fd%22';
    const quiet = workspace.scim.with({ 'user-agent': '' });
    await quiet.get(`/Users?${nobody}`);
    expect(await latest()).toMatchObject({
      query: 'filter=userName eq "a\ufffdb\ufffdc\ufffdd"',
      userAgent: '',
    });
    await Promise.all([quiet.get(`/Users?${nobody}`), okta.get('/Users'), okta.get('/Groups')]);
    expect((await activities()).map(({ path }) => path).sort()).toEqual([
      '/Groups',
      ...['/Users', '/Users', '/Users'],
    ]);
  });

  it.each(['0000-01-01T00:00:00Z', '2020-01-01T00:00:00+23:59', '2020-01-01t00:00:00.123456789-23:59'])(
    'is found from %s on, as any time that can be written',
    async (from) => {
      await provision('Ann');
      expect(await activities({ from })).toHaveLength(1);
      expect(await activities({ to: from })).toEqual([]);
    },
  );

  it('is found by time, credential and text, page by page, and one by one', async () => {
    for (const name of ['Ann', 'Bo', 'Cy']) await provision(name);
    const all = await activities();
    expect(all.map(({ summary }) => summary)).toEqual([
      'Okta created Cy',
      'Okta created Bo',
      'Okta created Ann',
    ]);
    const page = await admin.get('/v1/scim/activity').query({ limit: 2 }).expect(200);
    const rest = await admin
      .get('/v1/scim/activity')
      .query({ limit: 2, cursor: page.body.nextCursor as string });
    expect([...page.body.data, ...rest.body.data]).toEqual(all);
    expect(rest.body.nextCursor).toBeNull();
    expect(await activities({ text: 'created BO' })).toEqual([all[1]]);
    expect(await activities({ token: workspace.tokenId })).toHaveLength(3);
    expect(await activities({ token: randomUUID() })).toEqual([]);
    expect(await activities({ from: all[1]!.at })).toHaveLength(2);
    expect(await activities({ to: all[1]!.at })).toEqual([all[2]]);
    expect((await admin.get(`/v1/scim/activity/${all[0]!.id}`).expect(200)).body).toEqual(all[0]);
    const events = await admin.get('/v1/audit-events').query({ requestId: all[0]!.requestId }).expect(200);
    expect((events.body.data as { type: string }[]).map(({ type }) => type)).toContain('scim.user_created');
  });

  it.each([
    { member: 'x' },
    { outcome: 'good' },
    { from: 'yesterday' },
    { text: 'a' },
    { cursor: 'x' },
    { page: 1 },
  ])('cannot be searched by %p', async (query) => {
    await admin.get('/v1/scim/activity').query(query).expect(400);
  });

  it('is written in batches after the answers, and when the service stops', async () => {
    const other = await startApp({ PUBLIC_URL: app.baseUrl }, app);
    const client = new ScimClient(other, workspace.scim.token);
    for (let count = 0; count < 5; count += 1) await client.get('/Users').expect(200);
    await other.close();
    const rows = await app.sql('select 1 from scim_activity where workspace_id = $1', [workspace.id]);
    expect(rows).toHaveLength(5);
  });

  it('forgets after thirty days', async () => {
    await provision('Ann');
    await provision('Bo');
    const [, older] = await activities();
    await app.sql(`update scim_activity set at = now() - interval '31 days' where id = $1`, [older!.id]);
    await app.app.get(Schedule).run('scim.forget_activity', new Date());
    expect((await activities()).map(({ summary }) => summary)).toEqual(['Okta created Bo']);
  });

  it('is for those who look after the directory, of their workspace', async () => {
    await provision('Ann');
    const editor = await app.member(workspace, 'editor');
    await app.http(editor.accessToken).get('/v1/scim/activity').expect(403);
    const elsewhere = await app.workspace();
    const { body } = await app.http(elsewhere.admin.accessToken).get('/v1/scim/activity').expect(200);
    expect(body.data).toEqual([]);
  });
});
