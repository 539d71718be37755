import { Client } from 'pg';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { rounds } from '../support/rounds';

describe('A secret that takes two', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let id: string;
  let approver: TestPerson;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
    id = await store();
    approver = await service.member(workspace, 'viewer', { approver: true });
  });

  const store = async (terms: object = {}): Promise<string> =>
    (
      await admin
        .post('/v1/secrets')
        .send({ name: 'billing', value: 'first', approvalRequired: true, ...terms })
        .expect(201)
    ).body.id as string;
  const reveal = (of: string, body: object = {}, who = admin) =>
    who.post(`/v1/secrets/${of}/reveal`).send(body);
  const accesses = () => service.auditEvents(workspace.id, 'secret.accessed');
  const ask = async (who = admin): Promise<string> =>
    (await who.post(`/v1/secrets/${id}/reveal-requests`).send({ reason: 'restoring' }).expect(201)).body.id;
  const decide = (request: string, word: string, who = service.http(approver.accessToken)) =>
    who.post(`/v1/secrets/reveal-requests/${request}/${word}`);

  it('is read once for each approval of somebody else, by the one who asked', async () => {
    expect((await reveal(id).expect(403)).body.code).toBe('approval_required');
    const request = await ask();
    expect((await reveal(id).expect(403)).body.code).toBe('approval_required');
    const { body } = await decide(request, 'approve').expect(200);
    expect(body).toMatchObject({ status: 'approved', decidedBy: approver.memberId });
    const other = await service.member(workspace, 'admin');
    await reveal(id, {}, service.http(other.accessToken)).expect(403);
    expect((await reveal(id).expect(200)).body).toEqual({ value: 'first' });
    expect((await reveal(id).expect(403)).body.code).toBe('approval_required');
    expect(await accesses()).toMatchObject([{ data: { requestId: request, approvedBy: approver.memberId } }]);
    const { body: list } = await service
      .http(approver.accessToken)
      .get('/v1/secrets/reveal-requests')
      .expect(200);
    expect(list.data).toMatchObject([{ id: request, status: 'used', reason: 'restoring' }]);
  });

  it('is not read on an approval for another secret, nor more often than allowed on however many', async () => {
    const other = id;
    const elsewhere = await ask();
    await decide(elsewhere, 'approve').expect(200);
    id = await store({ name: 'payroll', revealsPerHour: 1 });
    expect((await reveal(id).expect(403)).body.code).toBe('approval_required');
    for (const expected of [200, 429]) {
      await decide(await ask(), 'approve').expect(200);
      await reveal(id).expect(expected);
    }
    await reveal(other).expect(200);
  });

  it('is not read on a rejection, nor on an approval that is too old', async () => {
    await decide(await ask(), 'reject').expect(200);
    const request = await ask();
    await decide(request, 'approve').expect(200);
    await service.sql(`update secret_reveal_requests set expires_at = now() where id = $1`, [request]);
    await reveal(id).expect(403);
    expect((await decide(request, 'reject').expect(409)).body.code).toBe('request_closed');
  });

  it('is asked for within a day, and then read within an hour', async () => {
    const untilOf = async (request: string) =>
      (
        await service.sql<{ minutes: number }>(
          `select round(extract(epoch from expires_at - now()) / 60)::int as minutes
             from secret_reveal_requests where id = $1`,
          [request],
        )
      )[0]!.minutes;
    const request = await ask();
    expect(await untilOf(request)).toBe(24 * 60);
    await decide(request, 'approve').expect(200);
    expect(await untilOf(request)).toBe(60);
    const rejected = await ask();
    await decide(rejected, 'reject').expect(200);
    expect(await untilOf(rejected)).toBe(24 * 60);

    const old = await ask();
    await service.sql(`update secret_reveal_requests set expires_at = now() where id = $1`, [old]);
    expect((await decide(old, 'approve').expect(409)).body.code).toBe('request_closed');
  });

  it('that is deleted in the very moment in which somebody asks is gone, and asking again says so', async () => {
    const client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('delete from secrets where id = $1', [id]);
    const asking = admin.post(`/v1/secrets/${id}/reveal-requests`).send({ reason: 'x' });
    const asked = asking.then(({ status, body }) => ({ status, body: body as { code: string } }));
    await service.waiting();
    await client.query('commit');
    await client.end();
    expect(await asked).toMatchObject({ status: 409, body: { code: 'busy' } });
    await admin.post(`/v1/secrets/${id}/reveal-requests`).send({ reason: 'x' }).expect(404);
  });

  it('is never decided about by whoever asks', async () => {
    await service.sql('update members set approver = true where id = $1', [workspace.admin.memberId]);
    const { body } = await decide(await ask(), 'approve', admin).expect(403);
    expect(body.code).toBe('own_request');
    const past = service.sql(
      `update secret_reveal_requests set decision = 'approved', decided_by = requested_by, decided_at = now()`,
    );
    await expect(past).rejects.toThrow('secret_reveal_requests__two');
    const viewer = await service.member(workspace, 'viewer');
    await decide(await ask(), 'approve', service.http(viewer.accessToken)).expect(403);
    await service.http(viewer.accessToken).get('/v1/secrets/reveal-requests').expect(403);
  });

  it('is decided about once, and read once, however many try at once', async () => {
    for (let round = 0; round < rounds({ always: 1, nightly: 50 }); round += 1) {
      const request = await ask();
      const decisions = await Promise.all(
        Array.from({ length: 8 }, (_, index) => decide(request, index % 2 ? 'approve' : 'reject')),
      );
      expect(decisions.filter(({ status }) => status === 200)).toHaveLength(1);
      const approved = decisions.some(({ body }) => (body as { status: string }).status === 'approved');
      const looks = await Promise.all(Array.from({ length: 8 }, () => reveal(id)));
      expect(looks.filter(({ status }) => status === 200)).toHaveLength(approved ? 1 : 0);
    }
  });

  it('is out of reach for keys, and asked about only where it takes two', async () => {
    const { body } = await admin
      .post('/v1/api-keys')
      .send({ name: 'k', scopes: ['secrets:reveal'] })
      .expect(201);
    await service.withKey(body.key).post(`/v1/secrets/${id}/reveal`).expect(403);
    await decide(await ask(), 'approve').expect(200);
    await service.withKey(body.key).post(`/v1/secrets/${id}/reveal`).expect(403);
    await reveal(id).expect(200);
    await admin.patch(`/v1/secrets/${id}`).send({ approvalRequired: false }).expect(200);
    const refused = await admin.post(`/v1/secrets/${id}/reveal-requests`).send({ reason: 'x' }).expect(409);
    expect(refused.body.code).toBe('approval_not_required');
    await service.withKey(body.key).post(`/v1/secrets/${id}/reveal`).expect(200);
  });

  it('is not read by somebody who has left, and what they asked for ends with them', async () => {
    const leaver = await service.member(workspace, 'admin');
    const request = await ask(service.http(leaver.accessToken));
    await decide(request, 'approve').expect(200);
    await admin.delete(`/v1/members/${leaver.memberId}`).expect(204);
    const { body } = await admin.get(`/v1/members/${leaver.memberId}/offboarding`).expect(200);
    expect(body.ended).toContainEqual(
      expect.objectContaining({ kind: 'secret_reveal_request', id: request }),
    );
    expect((await decide(await ask(), 'approve').expect(200)).body.status).toBe('approved');
    const [row] = await service.sql('select decision from secret_reveal_requests where id = $1', [request]);
    expect(row).toEqual({ decision: 'withdrawn' });
  });

  it('lists no word of somebody who is erased', async () => {
    const asking = await service.member(workspace, 'admin');
    await ask(service.http(asking.accessToken));
    await admin.post(`/v1/members/${asking.memberId}/erase`).send({ email: asking.email }).expect(200);
    const { body } = await admin.get('/v1/secrets/reveal-requests').expect(200);
    expect(body.data).toMatchObject([{ status: 'withdrawn', reason: '' }]);
  });

  it('is not read by the word of somebody who has left, whose receipt says so', async () => {
    const request = await ask();
    await decide(request, 'approve').expect(200);
    await admin.delete(`/v1/members/${approver.memberId}`).expect(204);
    expect((await reveal(id).expect(403)).body.code).toBe('approval_required');
    const { body } = await admin.get(`/v1/members/${approver.memberId}/offboarding`).expect(200);
    expect(body.ended).toContainEqual(
      expect.objectContaining({ kind: 'secret_reveal_approval', id: request }),
    );
    await admin.post(`/v1/members/${approver.memberId}/restore`).expect(200);
    await reveal(id).expect(403);
  });

  it('has on record for good what somebody who has left rejected, and what was read by their word', async () => {
    const [used, refused] = [await ask(), await ask()];
    await decide(used, 'approve').expect(200);
    await reveal(id).expect(200);
    await decide(refused, 'reject').expect(200);
    await admin.delete(`/v1/members/${approver.memberId}`).expect(204);
    await service.sql('update secret_reveal_requests set expires_at = now()');
    const { body } = await admin.get('/v1/secrets/reveal-requests').expect(200);
    expect(body.data).toMatchObject([
      { id: refused, status: 'rejected', decidedBy: approver.memberId },
      { id: used, status: 'used', decidedBy: approver.memberId },
    ]);
  });

  it('has on record for good what was decided about the wishes of somebody who has left', async () => {
    const leaver = await service.member(workspace, 'admin');
    const http = service.http(leaver.accessToken);
    const [used, refused, late] = [await ask(http), await ask(http), await ask(http)];
    await service.sql('update secret_reveal_requests set expires_at = now() where id = $1', [late]);
    await decide(used, 'approve').expect(200);
    await reveal(id, {}, http).expect(200);
    await decide(refused, 'reject').expect(200);
    await admin.delete(`/v1/members/${leaver.memberId}`).expect(204);
    const { body } = await admin.get('/v1/secrets/reveal-requests').expect(200);
    expect(body.data).toMatchObject([
      { id: late, status: 'expired' },
      { id: refused, status: 'rejected', decidedBy: approver.memberId },
      { id: used, status: 'used', decidedBy: approver.memberId },
    ]);
  });

  it('is not read by the word of somebody who may no longer approve', async () => {
    const request = await ask();
    await decide(request, 'approve').expect(200);
    await admin.patch(`/v1/members/${approver.memberId}`).send({ approver: false }).expect(200);
    expect((await reveal(id).expect(403)).body.code).toBe('approval_required');
    const { body } = await admin.get('/v1/secrets/reveal-requests').expect(200);
    expect(body.data).toMatchObject([{ id: request, status: 'withdrawn' }]);
    await admin.patch(`/v1/members/${approver.memberId}`).send({ approver: true }).expect(200);
    await reveal(id).expect(200);
  });
});
