import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';

const DAY_MS = 86_400_000;

interface Item {
  id: string;
  memberId: string;
}

describe('An access review that is cancelled', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({ PUBLIC_URL: service.baseUrl }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });

  const begin = async (body: object = {}): Promise<string> => {
    const answer = await admin
      .post('/v1/access-reviews')
      .send({ name: 'Fourth quarter', ...body })
      .expect(201);
    return answer.body.id as string;
  };
  const itemOf = async (review: string, { memberId }: { memberId: string }): Promise<Item> => {
    const { body } = await admin.get(`/v1/access-reviews/${review}/items`).expect(200);
    return (body.data as Item[]).find((item) => item.memberId === memberId)!;
  };
  const decide = (review: string, item: string, body: object, by = admin) =>
    by.post(`/v1/access-reviews/${review}/items/${item}`).send(body);
  const complete = (review: string) =>
    admin.post(`/v1/access-reviews/${review}/complete`).send({ undecided: 'keep' });
  let viewer: TestPerson;
  let id: string;
  const cancel = (by = admin, body?: object) => by.post(`/v1/access-reviews/${id}/cancel`).send(body);
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
    viewer = await service.member(workspace, 'viewer');
    id = await begin({ dueAt: new Date(Date.now() + 2 * DAY_MS).toISOString() });
    await decide(id, (await itemOf(id, viewer)).id, { decision: 'remove' }).expect(200);
  });

  it('keeps what was decided, and does nothing of it', async () => {
    const { body } = await cancel(admin, { reason: 'begun twice' }).expect(200);
    expect(body).toMatchObject({
      ...{ status: 'cancelled', counts: { items: 2, open: 1, keep: 0, remove: 1 } },
      ...{ cancelledBy: workspace.admin.memberId, cancelledAt: expect.stringMatching(/Z$/) },
      ...{ completedBy: null, completedAt: null },
    });
    expect(await itemOf(id, viewer)).toMatchObject({ decision: 'remove', effect: null });
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);
    expect(await service.auditEvents(workspace.id, 'access_review.cancelled')).toMatchObject([
      {
        ...{ risk: 'high', actor_id: workspace.admin.userId, target_id: id },
        data: { name: 'Fourth quarter', items: 2, keep: 0, remove: 1, reason: 'begun twice' },
      },
    ]);
  });

  it('takes no decision, no end and no question any more, and reminds nobody', async () => {
    const reviewer = await service.member(workspace, 'admin');
    await cancel(service.http(reviewer.accessToken)).expect(200);
    const { id: item } = await itemOf(id, workspace.admin);
    for (const request of [
      decide(id, item, { decision: 'keep' }, service.http(reviewer.accessToken)),
      complete(id),
      cancel(),
      admin.get(`/v1/access-reviews/${id}/result`),
    ]) {
      expect((await request.expect(409)).body.code).toBe('review_cancelled');
    }
    for (const change of [
      `update access_review_items set decision = 'keep', decided_by = member_id, decided_at = now() where id = '${item}'`,
      `update access_review_items set effect = 'removed' where review_id = '${id}'`,
      `update access_reviews set cancelled_at = null, cancelled_by = null where id = '${id}'`,
    ]) {
      await expect(service.sql(change)).rejects.toThrow('does not change any more');
    }
    const sent = () =>
      mailsTo(service, reviewer.email).filter(({ subject }) => subject.includes('waits for you'));
    await service.app.get(Schedule).run('access_reviews.remind', new Date(Date.now() + DAY_MS));
    expect(sent()).toEqual([]);
  });

  it('was not completed, whichever comes first, and a completed one is not cancelled', async () => {
    const ends = await Promise.all([
      complete(id),
      cancel(second.http(workspace.admin.accessToken)),
      complete(id),
      cancel(),
    ]);
    expect(ends.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const { status } = (await admin.get(`/v1/access-reviews/${id}`).expect(200)).body as { status: string };
    for (const { status: answer, body } of ends)
      if (answer === 409) expect(body.code).toBe(`review_${status}`);
    await service
      .http(viewer.accessToken)
      .get('/v1/auth/me')
      .expect(status === 'completed' ? 401 : 200);
    const other = await begin();
    await complete(other).expect(200);
    const { body } = await admin.post(`/v1/access-reviews/${other}/cancel`).expect(409);
    expect(body.code).toBe('review_completed');
  });

  it('is cancelled by who may change members, for a reason in words', async () => {
    expect((await cancel(service.http(viewer.accessToken)).expect(403)).body.code).toBe('forbidden');
    for (const body of [{ reason: '' }, { reason: 7 }, { reason: 'x'.repeat(1001) }, { because: 'x' }])
      expect((await cancel(admin, body).expect(400)).body.code).toBe('validation_failed');
  });
});
