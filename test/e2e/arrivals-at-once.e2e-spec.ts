import { startApp, type TestApp } from '../support/app';
import { FederatedSignIn, loginOf } from '../support/federated-sign-in';
import { issueScimToken, ScimClient, USER } from '../support/scim-client';

describe('One person who arrives more than once at the same moment', () => {
  let app: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });

  const membersOf = (workspaceId: string, email: string) =>
    app.sql<{ id: string }>('select id from members where workspace_id = $1 and email = $2', [
      workspaceId,
      email,
    ]);
  const joinings = async (workspaceId: string, memberId: string) =>
    (await app.auditEvents(workspaceId, 'workspace.member_joined')).filter(
      ({ target_id }) => target_id === memberId,
    );

  it('over two instances is one member, who joined once', async () => {
    const [here, there] = [new FederatedSignIn(app), new FederatedSignIn(second)];
    const scene = await here.scene();
    const login = loginOf('ada', `ada@${scene.domain}`);
    await Promise.all([here, there, here, there].map((idp) => idp.signIn(scene, login)));
    const [member, ...more] = await membersOf(scene.workspace.id, login.email!);
    expect(more).toEqual([]);
    expect(await joinings(scene.workspace.id, member!.id)).toHaveLength(1);
    expect(await app.sql('select 1 from identities where member_id = $1', [member!.id])).toHaveLength(1);
  });

  it('by a first sign-in and from the directory is one member too', async () => {
    const idp = new FederatedSignIn(app);
    const scene = await idp.scene();
    const scim = new ScimClient(second, (await issueScimToken(app, scene.workspace.admin)).token);
    for (let count = 0; count < 8; count += 1) {
      const email = `p${count}@${scene.domain}`;
      const [, created] = await Promise.all([
        idp.signIn(scene, loginOf(`p${count}`, email)),
        scim.post('/Users', { schemas: [USER], userName: email }),
      ]);
      expect([201, 409]).toContain(created.status);
      const [member, ...more] = await membersOf(scene.workspace.id, email);
      expect(more).toEqual([]);
      expect(await joinings(scene.workspace.id, member!.id)).toHaveLength(1);
    }
  });
});
