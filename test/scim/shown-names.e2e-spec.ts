import { startApp, type TestApp } from '../support/app';
import { type ScimWorkspace, scimWorkspace } from '../support/scim-client';

describe('A user whom a directory made', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
  });
  afterAll(() => app?.close());

  const admin = () => app.http(workspace.admin.accessToken);
  const shown = async (query: object) =>
    (await admin().get('/v1/members').query(query).expect(200)).body.data as {
      displayName: string | null;
    }[];

  it.each<[object, string | null]>([
    [{ displayName: 'Ada King', name: { givenName: 'Ada', familyName: 'Byron' } }, 'Ada King'],
    [{ displayName: ' ', name: { givenName: 'Ada', familyName: 'Byron' } }, 'Ada Byron'],
    [{ name: { givenName: 'Ada', familyName: 'Byron', formatted: 'Lady Byron' } }, 'Ada Byron'],
    [{ name: { familyName: 'Byron' } }, 'Byron'],
    [{ name: { formatted: 'Lady Byron' } }, 'Lady Byron'],
    [{}, null],
  ])('is called in lists what is known: %j', async (said, name) => {
    const userName = `u${Math.random().toString(36).slice(2)}@acme.test`;
    const { id, ...user } = await workspace.scim.create({ userName, ...said });
    expect(user.displayName).toBe((said as { displayName?: string }).displayName);
    expect(await shown({ search: userName })).toMatchObject([{ id, displayName: name }]);
    if (name === null) return;
    const filter = `displayName eq "${name}" and email eq "${userName}"`;
    expect(await shown({ filter })).toMatchObject([{ id }]);
    const { body: review } = await admin().post('/v1/access-reviews').send({ name: 'All' }).expect(201);
    const { body } = await admin().get(`/v1/access-reviews/${review.id}/items?limit=100`).expect(200);
    const item = (body.data as { memberId: string; displayName: string }[]).find(
      (each) => each.memberId === id,
    );
    expect(item).toMatchObject({ displayName: name });
  });
});
