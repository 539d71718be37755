import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

describe('Those who are asked to review access', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let reviewer: TestPerson;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await app.workspace();
    admin = app.http(workspace.admin.accessToken);
    reviewer = await app.member(workspace, 'admin');
  });

  const begin = () =>
    admin.post('/v1/access-reviews').send({ name: 'Fourth quarter', reviewers: [reviewer.memberId] });

  it('are members who may change members, not somebody who did once', async () => {
    await admin.patch(`/v1/members/${reviewer.memberId}`).send({ role: 'editor' }).expect(200);
    await begin().expect(400);
    await admin.patch(`/v1/members/${reviewer.memberId}`).send({ role: 'admin' }).expect(200);
    await admin.delete(`/v1/members/${reviewer.memberId}`).expect(204);
    await begin().expect(400);
    await admin.post(`/v1/members/${reviewer.memberId}/restore`).expect(200);
    await begin().expect(201);
  });

  it.each(['demoted', 'removed'])('leave it to whoever may change members once they are %s', async (how) => {
    const { body: review } = await begin().expect(201);
    const { body } = await admin.get(`/v1/access-reviews/${review.id}/items`).expect(200);
    const item = (body.data as { id: string; memberId: string }[]).find(
      ({ memberId }) => memberId === reviewer.memberId,
    );
    const decide = () =>
      admin.post(`/v1/access-reviews/${review.id}/items/${item!.id}`).send({ decision: 'keep' });
    expect((await decide().expect(403)).body.code).toBe('not_a_reviewer');
    if (how === 'removed') await admin.delete(`/v1/members/${reviewer.memberId}`).expect(204);
    else await admin.patch(`/v1/members/${reviewer.memberId}`).send({ role: 'editor' }).expect(200);
    await decide().expect(200);
  });
});
