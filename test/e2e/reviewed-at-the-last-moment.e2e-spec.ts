import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { Response } from 'supertest';
import { SealKeyRotation } from '../../src/audit/seals/seal-key-rotation.service';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

/** What somebody decides of others' access while their own is taken. */
describe('A review of access, while something changes', () => {
  let app: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let asAdmin: ReturnType<TestApp['http']>;
  let ada: TestPerson;
  let bob: TestPerson;
  let client: Client;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({}, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });
  beforeEach(async () => {
    workspace = await app.workspace();
    asAdmin = app.http(workspace.admin.accessToken);
    ada = await app.member(workspace, 'admin');
    bob = await app.member(workspace, 'viewer');
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client?.end());

  const answered = (response: Response): Response => response;
  const begin = async () => {
    const { body } = await asAdmin.post('/v1/access-reviews').send({ name: 'q' }).expect(201);
    const { id } = body as { id: string };
    const { data } = (await asAdmin.get(`/v1/access-reviews/${id}/items`).expect(200)).body as {
      data: { id: string; memberId: string }[];
    };
    return { id, bobs: data.find(({ memberId }) => memberId === bob.memberId)!.id };
  };

  it.each([
    ['removed', () => asAdmin.delete(`/v1/members/${ada.memberId}`)],
    ['no admin any more', () => asAdmin.patch(`/v1/members/${ada.memberId}`).send({ role: 'viewer' })],
  ])('takes no decision of somebody who is %s by then', async (_, deed) => {
    const { id, bobs } = await begin();
    // Whoever decides shares the review.
    await client.query('select from access_reviews where id = $1 for update', [id]);
    const decided = app
      .http(ada.accessToken)
      .post(`/v1/access-reviews/${id}/items/${bobs}`)
      .send({ decision: 'remove' })
      .then(answered);
    await app.waiting();
    const { status } = await deed();
    expect(status).toBeLessThan(300);
    await client.query('commit');
    expect((await decided).status).toBe(403);
    const [item] = await app.sql('select decision from access_review_items where id = $1', [bobs]);
    expect(item).toEqual({ decision: null });
  });

  it.each([
    ['completed', 'removed', () => asAdmin.delete(`/v1/members/${ada.memberId}`)],
    [
      'completed',
      'no admin any more',
      () => asAdmin.patch(`/v1/members/${ada.memberId}`).send({ role: 'viewer' }),
    ],
    ['cancelled', 'removed', () => asAdmin.delete(`/v1/members/${ada.memberId}`)],
  ])('is not %s by somebody who is %s by then', async (end, _, deed) => {
    const { id, bobs } = await begin();
    await asAdmin.post(`/v1/access-reviews/${id}/items/${bobs}`).send({ decision: 'remove' }).expect(200);
    await client.query('select from access_reviews where id = $1 for update', [id]);
    const ended = app
      .http(ada.accessToken)
      .post(`/v1/access-reviews/${id}/${end === 'completed' ? 'complete' : 'cancel'}`)
      .send(end === 'completed' ? { undecided: 'keep' } : {})
      .then(answered);
    await app.waiting();
    expect((await deed()).status).toBeLessThan(300);
    await client.query('commit');
    expect((await ended).status).toBe(403);
    expect(
      await app.sql(
        `select completed_by, cancelled_by, (select removed_at from members where id = $2) as removed
           from access_reviews where id = $1`,
        [id, bob.memberId],
      ),
    ).toEqual([{ completed_by: null, cancelled_by: null, removed: null }]);
  });

  it('is completed another time when it has waited for several of them, one after the other', async () => {
    const eve = await app.member(workspace, 'viewer');
    const { id } = await begin();
    const { body } = await asAdmin.get(`/v1/access-reviews/${id}/items`).expect(200);
    for (const { id: item, memberId } of body.data as { id: string; memberId: string }[]) {
      if (![bob, eve].some((person) => person.memberId === memberId)) continue;
      const path = `/v1/access-reviews/${id}/items/${item}`;
      await asAdmin.post(path).send({ decision: 'remove' }).expect(200);
    }
    const other = new Client({ connectionString: app.databaseUrl });
    await other.connect();
    await other.query('begin');
    await client.query('select from members where id = $1 for update', [bob.memberId]);
    await other.query('select from members where id = $1 for update', [eve.memberId]);
    const completed = asAdmin
      .post(`/v1/access-reviews/${id}/complete`)
      .send({ undecided: 'keep' })
      .then(answered);
    await app.waiting();
    // Each is waited for less long than anybody is, and both together longer than a statement may take.
    await pause(2_500);
    await client.query('rollback');
    const { status, body: refused } = await completed;
    await other.end();
    expect([status, refused.code]).toEqual([409, 'busy']);
    for (const { accessToken } of [bob, eve]) await app.http(accessToken).get('/v1/auth/me').expect(200);
  });

  it('is completed once, by one of two who do so at the same moment', async () => {
    const { id, bobs } = await begin();
    await asAdmin.post(`/v1/access-reviews/${id}/items/${bobs}`).send({ decision: 'remove' }).expect(200);
    await client.query('select from access_reviews where id = $1 for update', [id]);
    const complete = (on: TestApp, { accessToken }: TestPerson) =>
      on
        .http(accessToken)
        .post(`/v1/access-reviews/${id}/complete`)
        .send({ undecided: 'keep' })
        .then(answered);
    const both = [complete(app, ada), complete(second, workspace.admin)];
    await app.waiting(2);
    await client.query('commit');
    const answers = (await Promise.all(both)).map(({ status, body }) => [status, body.code] as const);
    expect(answers.sort(([one], [other]) => one - other)).toEqual([
      [200, undefined],
      [409, 'review_completed'],
    ]);
    expect(await app.auditEvents(workspace.id, 'access_review.completed')).toHaveLength(1);
  });

  it('is not completed over the head of somebody who decides', async () => {
    const { id, bobs } = await begin();
    const decide = (by: TestPerson, decision: string) =>
      app.http(by.accessToken).post(`/v1/access-reviews/${id}/items/${bobs}`).send({ decision });
    // The decision is made, and waits at its end.
    await client.query('lock table audit_events in share mode');
    const decided = decide(ada, 'remove').then(answered);
    await app.waiting();
    const completed = asAdmin
      .post(`/v1/access-reviews/${id}/complete`)
      .send({ undecided: 'keep' })
      .then(answered);
    await app.waiting(2);
    await client.query('commit');
    expect([(await decided).status, (await completed).status]).toEqual([200, 200]);
    const [item] = await app.sql('select decision, effect from access_review_items where id = $1', [bobs]);
    expect(item).toEqual({ decision: 'remove', effect: 'removed' });
  });

  it('signs its result with the newest key, also where another instance has just made it', async () => {
    const { id } = await begin();
    const { keyId } = await app.app.get(SealKeyRotation).now();
    const here = second.http(workspace.admin.accessToken);
    await here.post(`/v1/access-reviews/${id}/complete`).send({ undecided: 'keep' }).expect(200);
    const { body } = await here.get(`/v1/access-reviews/${id}/result`).expect(200);
    expect([body.signature.keyId, body.csv.keyId]).toEqual([keyId, keyId]);
  });
});
