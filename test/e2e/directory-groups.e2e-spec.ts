import { startApp, type TestApp } from '../support/app';
import { saveRules } from '../support/role-mapping';
import { type ScimWorkspace, scimWorkspace } from '../support/scim-client';

describe('The groups of the directory, for people', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  const asAdmin = () => app.http(workspace.admin.accessToken);
  const list = async (query: object = {}) => {
    const { body } = await asAdmin().get('/v1/directory/groups').query(query).expect(200);
    return body as { data: Record<string, unknown>[]; nextCursor: string | null };
  };

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
  });
  afterAll(() => app?.close());

  it('are listed with what a rule needs to know: the name, how many are in it, and whether a rule names it', async () => {
    const { scim } = workspace;
    expect(await list()).toEqual({ data: [], nextCursor: null });
    const ada = await scim.create();
    const inner = await scim.createGroup({ displayName: 'Inner' });
    const group = await scim.createGroup({
      displayName: 'Engineering',
      externalId: 'e1',
      members: [ada.id, inner.id],
    });
    await saveRules(app, workspace.admin, [{ source: 'scim_group', value: 'Engineering', role: 'editor' }]);
    const { data } = await list();
    expect(data).toEqual([
      {
        id: group.id,
        displayName: 'Engineering',
        externalId: 'e1',
        memberCount: 2,
        mapped: true,
        createdAt: group.meta.created,
        changedAt: group.meta.lastModified,
      },
      expect.objectContaining({ id: inner.id, memberCount: 0, mapped: false, externalId: null }),
    ]);
    await scim.delete(`/Groups/${inner.id}`).expect(204);
    expect((await list()).data).toHaveLength(1);
  });

  it('are searched by a part of the name, in pages', async () => {
    const { scim } = workspace;
    for (const displayName of ['Sales North', 'Sales South', 'SALES 100%', 'Other']) {
      await scim.createGroup({ displayName });
    }
    const first = await list({ search: 'sales', limit: 2 });
    expect(first.data.map(({ displayName }) => displayName)).toEqual(['SALES 100%', 'Sales South']);
    const second = await list({ search: 'sales', limit: 2, cursor: first.nextCursor });
    expect(second.data.map(({ displayName }) => displayName)).toEqual(['Sales North']);
    expect(second.nextCursor).toBeNull();
    expect((await list({ search: '0%' })).data).toHaveLength(1);
    expect((await list({ search: '_' })).data).toEqual([]);
    const refusal = await asAdmin().get('/v1/directory/groups').query({ cursor: 'x' }).expect(400);
    expect(refusal.body.code).toBe('invalid_cursor');
  });

  it('are for whoever may see members, and of their own workspace only', async () => {
    await app.http().get('/v1/directory/groups').expect(401);
    const stranger = await scimWorkspace(app);
    const { body } = await app.http(stranger.admin.accessToken).get('/v1/directory/groups').expect(200);
    expect(body.data).toEqual([]);
    const { body: key } = await asAdmin()
      .post('/v1/api-keys')
      .send({ name: 'k', scopes: ['runs:read'] })
      .expect(201);
    await app
      .withKey(key.key as string)
      .get('/v1/directory/groups')
      .expect(403);
    await app.http(workspace.scim.token).get('/v1/directory/groups').expect(403);
  });
});
