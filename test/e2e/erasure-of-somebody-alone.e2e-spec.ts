import { startApp, type TestApp } from '../support/app';
import { mailsTo } from '../support/outbox';
import { scimWorkspace, type ScimWorkspace } from '../support/scim-client';

describe('Erasing somebody whose name is a part of others', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });
  afterAll(() => app?.close());

  const invited = async (email: string) => {
    await admin.post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
  };
  const requestsAbout = async (text: string) => {
    const { body } = await admin.get('/v1/scim/activity').query({ limit: 200 }).expect(200);
    return (body.data as object[]).filter((entry) => JSON.stringify(entry).includes(text)).length;
  };
  const erased = async ({ id, email }: { id: string; email: string }) =>
    admin.post(`/v1/members/${id}/erase`).send({ email }).expect(200);

  it('leaves the mails of those whose address ends or goes on alike', async () => {
    const { id } = await workspace.scim.create({ userName: 'ann@acme.test' });
    for (const other of ['joann@acme.test', 'jo.ann@acme.test', 'ann@acme.test.example'])
      await invited(other);
    await erased({ id, email: 'ann@acme.test' });
    for (const other of ['joann@acme.test', 'jo.ann@acme.test', 'ann@acme.test.example'])
      expect(mailsTo(app, other)).toHaveLength(1);
  });

  it('leaves the mails of everybody and what directories asked about them, where the name is a short word', async () => {
    const { id } = await workspace.scim.create({
      userName: 'it',
      emails: [{ value: 'bob@acme.test', primary: true }],
    });
    const other = await workspace.scim.create({ userName: 'white.kit@acme.test', displayName: 'Kit' });
    await workspace.scim.find('userName eq "it"').expect(200);
    await workspace.scim.post('/Users', { userName: 'it' }).expect(409);
    await invited('carol@acme.test');
    expect(await requestsAbout(other.id)).toBe(1);
    const { body: handedOut } = await admin.get(`/v1/members/${id}/export`).expect(200);
    expect(JSON.stringify(handedOut)).not.toMatch(/carol|kit/i);
    await erased({ id, email: 'bob@acme.test' });
    expect(mailsTo(app, 'carol@acme.test')).toHaveLength(1);
    expect(await requestsAbout(other.id)).toBe(1);
    expect(await requestsAbout('"it"')).toBe(0);
  });
});
