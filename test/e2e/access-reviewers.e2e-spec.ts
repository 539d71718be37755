import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';

const DAY_MS = 86_400_000;

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

  const dueAt = new Date(Date.now() + 2 * DAY_MS).toISOString();
  const begin = (scope: object = {}, more: object = {}) =>
    admin
      .post('/v1/access-reviews')
      .send({ name: 'Fourth quarter', dueAt, scope, reviewers: [reviewer.memberId], ...more });
  const itemOf = async (reviewId: string, person: TestPerson) => {
    const { body } = await admin.get(`/v1/access-reviews/${reviewId}/items`).expect(200);
    return (body.data as { id: string; memberId: string }[]).find(
      ({ memberId }) => memberId === person.memberId,
    )!;
  };
  const remind = (days = 1) =>
    app.app.get(Schedule).run('access_reviews.remind', new Date(Date.now() + days * DAY_MS));
  const asked = ({ email }: TestPerson) =>
    mailsTo(app, email).filter(({ subject }) => subject.includes('waits for you')).length;

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
    const item = await itemOf(review.id, reviewer);
    const decide = () =>
      admin.post(`/v1/access-reviews/${review.id}/items/${item.id}`).send({ decision: 'keep' });
    expect((await decide().expect(403)).body.code).toBe('not_a_reviewer');
    expect([asked(reviewer), asked(workspace.admin)]).toEqual([1, 0]);
    if (how === 'removed') await admin.delete(`/v1/members/${reviewer.memberId}`).expect(204);
    else await admin.patch(`/v1/members/${reviewer.memberId}`).send({ role: 'editor' }).expect(200);
    await remind();
    expect([asked(reviewer), asked(workspace.admin)]).toEqual([1, 1]);
    await decide().expect(200);
  });

  it('are not reminded of themselves, whom somebody else decides', async () => {
    const { body: review } = await begin({ roles: ['admin'] }).expect(201);
    const other = await itemOf(review.id, workspace.admin);
    await app
      .http(reviewer.accessToken)
      .post(`/v1/access-reviews/${review.id}/items/${other.id}`)
      .send({ decision: 'keep' })
      .expect(200);
    await remind();
    expect(asked(reviewer)).toBe(1);
  });

  it('are reminded every day from three days before it is due, and go on being so when it is late', async () => {
    await begin({}, { dueAt: new Date(Date.now() + 10 * DAY_MS).toISOString() }).expect(201);
    const heard: number[] = [];
    for (const day of [6.9, 7.1, 7.2, 8.1, 9.1, 10.1, 30]) {
      await remind(day);
      heard.push(asked(reviewer));
    }
    expect(heard).toEqual([1, 2, 2, 3, 4, 5, 6]);
  });

  it('are asked once, however often they are named', async () => {
    const { memberId } = reviewer;
    const named = { reviewers: [memberId, workspace.admin.memberId, memberId, memberId.toUpperCase()] };
    const { body } = await begin({}, named).expect(201);
    expect([...body.reviewers].sort()).toEqual([workspace.admin.memberId, reviewer.memberId].sort());
    expect(asked(reviewer)).toBe(1);
  });
});
