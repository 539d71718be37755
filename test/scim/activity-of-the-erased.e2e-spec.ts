import { startApp, type TestApp } from '../support/app';
import { type ScimUser, scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

/** What directories asked in vain, or what changed nothing, is on record as well. */
describe('Erasing somebody of whom directories said no address', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let person: ScimUser;
  let other: ScimUser;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
    person = await workspace.scim.create({ displayName: 'Byronia', externalId: '0042' });
    other = await workspace.scim.create({ displayName: 'Kit', externalId: '00421' });
  });

  const activity = async (): Promise<string> =>
    JSON.stringify((await admin.get('/v1/scim/activity').query({ limit: 200 }).expect(200)).body.data);
  const erase = () =>
    admin.post(`/v1/members/${person.id}/erase`).send({ email: person.userName }).expect(200);

  it('takes requests away that changed nothing of them, or were refused, and say what they are called', async () => {
    const { scim } = workspace;
    const { body: group } = await scim
      .post('/Groups', { displayName: 'Staff', members: [{ value: person.id }, { value: other.id }] })
      .expect(201);
    const both = [
      { value: person.id, display: 'Byronia' },
      { value: other.id, display: 'Kit' },
    ];
    await scim.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: both }).expect(204);
    await scim.post('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'PUT', path: `/Users/${person.id}`, data: { schemas: [USER], nickName: 'Byronia' } },
      ],
    });
    await scim.find('displayName eq "Kit"').expect(200);
    expect(await activity()).toContain('Byronia');
    const { body: handedOut } = await admin.get(`/v1/members/${person.id}/export`).expect(200);
    expect(JSON.stringify(handedOut)).not.toContain('Kit');
    await erase();
    const left = await activity();
    expect(left).not.toContain('Byronia');
    expect(left).toContain('Kit');
  });

  it('takes searches away for what the directory calls them, and no other that looks alike', async () => {
    const { scim } = workspace;
    for (const id of ['0042', '00421', 'x0042']) await scim.find(`externalId eq "${id}"`).expect(200);
    await scim.post('/Users/.search', { filter: 'externalId eq "0042"', count: 42 }).expect(200);
    await erase();
    const left = await activity();
    expect(left).not.toMatch(/"0042\\*"/);
    for (const id of ['00421', 'x0042']) expect(left).toContain(`eq \\"${id}\\"`);
  });

  it('takes away where a directory asked for them by a long address', async () => {
    const { scim } = workspace;
    const long = `byronia.${'a'.repeat(40)}@acme.test`;
    person = await scim.create({ userName: long });
    await scim.get(`/Users/${encodeURIComponent(long)}`).expect(404);
    expect(await activity()).toContain('byronia');
    await erase();
    expect(await activity()).not.toContain('byronia');
  });
});
