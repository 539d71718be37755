import { randomUUID } from 'node:crypto';
import { LargeChangeRunner } from '../../src/members/large-changes/large-change-runner.service';
import { LargeChanges } from '../../src/members/large-changes/large-changes.service';
import { PieceSizes } from '../../src/members/large-changes/piece-sizes';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp } from '../support/app';
import { saveRules } from '../support/role-mapping';
import { GROUP, issueScimToken, ScimClient, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

interface LargeChangeBody {
  id: string;
  kind: string;
  status: string;
  members: number;
  done: number;
  changed: number;
  refused: number;
}

const JOB = 'members.finish_large_changes';

describe('A change of very many members', () => {
  let app: TestApp;
  let second: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({}, app);
    for (const instance of [app, second]) Object.assign(instance.app.get(PieceSizes), { most: 3, piece: 2 });
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });

  const rule = (value: string, role: 'admin' | 'editor') => ({ source: 'scim_group' as const, value, role });
  /** People of a directory, all of them in one group. */
  const staff = async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) ids.push((await workspace.scim.create()).id);
    const members = ids.map((value) => ({ value }));
    const { body } = await workspace.scim
      .post('/Groups', { schemas: [GROUP], displayName: 'Staff', members })
      .expect(201);
    return { ids, groupId: (body as { id: string }).id };
  };
  const roles = async (ids: readonly string[]) =>
    (await app.sql<{ role: string }>('select role from members where id = any($1) order by id', [ids])).map(
      ({ role }) => role,
    );
  const areIn = async (ids: readonly string[]) =>
    (
      await app.sql<{ id: string }>(
        'select id from members where id = any($1) and removed_at is null order by id',
        [ids],
      )
    ).map(({ id }) => id);
  const change = async (id: unknown) =>
    (await admin.get(`/v1/large-changes/${id as string}`).expect(200)).body as LargeChangeBody;
  const changes = async () =>
    (await admin.get('/v1/large-changes').expect(200)).body.data as LargeChangeBody[];
  const goOn = (instance = app) => instance.app.get(Schedule).run(JOB, new Date());
  /** One piece only, as if the instance stopped after it. */
  const onePiece = async () => {
    let asked = 0;
    const stopping = Object.defineProperty(new AbortController().signal, 'aborted', {
      get: () => (asked += 1) > 1,
    });
    await app.app.get(LargeChangeRunner).finish(workspace.id, stopping);
  };

  it('is begun by the call, and done in pieces by whichever instance has time, each member once', async () => {
    const { ids } = await staff(7);
    const saved = await saveRules(app, workspace.admin, [rule('Staff', 'editor')]);
    expect(saved).toMatchObject({ changed: 0, largeChangeId: expect.any(String) as string });
    expect(await change(saved.largeChangeId)).toMatchObject({
      ...{ kind: 'role_rules', because: 'rules_saved', status: 'under_way' },
      ...{ members: 8, done: 0, changed: 0, endedAt: null },
    });
    expect(new Set(await roles(ids))).toEqual(new Set(['viewer']));

    await Promise.all(
      [app, second].map((instance) =>
        instance.app.get(LargeChangeRunner).finish(workspace.id, new AbortController().signal),
      ),
    );
    await goOn();
    expect(new Set(await roles(ids))).toEqual(new Set(['editor']));
    expect(await change(saved.largeChangeId)).toMatchObject({ status: 'finished', done: 8, changed: 7 });

    const updated = await app.auditEvents(workspace.id, 'workspace.member_updated');
    expect(updated.map(({ target_id }) => target_id).sort()).toEqual([...ids].sort());
    const [ordered] = await app.auditEvents(workspace.id, 'role_mapping.updated');
    expect(ordered!.data).toMatchObject({ changed: 0, largeChangeId: saved.largeChangeId });
    for (const event of updated) {
      const { actor_type, actor_id, request_id, ip } = event;
      expect({ actor_type, actor_id, request_id, ip }).toEqual({
        ...{ actor_type: 'user', actor_id: workspace.admin.userId, ip: null },
        request_id: ordered!.request_id,
      });
    }
    expect(new Set(updated.map(({ xid }) => xid)).size).toBeGreaterThan(2);
    expect(await app.auditEvents(workspace.id, 'large_change.ended')).toMatchObject([
      { target_id: saved.largeChangeId, data: { kind: 'role_rules', changed: 7, outcome: 'finished' } },
    ]);
  });

  it('goes on where it was when its instance stopped', async () => {
    const { ids } = await staff(5);
    const { largeChangeId } = await saveRules(app, workspace.admin, [rule('Staff', 'editor')]);
    await onePiece();
    const { done, status } = await change(largeChangeId);
    expect({ done, status }).toEqual({ done: 2, status: 'under_way' });
    await goOn(second);
    expect(await change(largeChangeId)).toMatchObject({ status: 'finished', done: 6, changed: 5 });
    expect(new Set(await roles(ids))).toEqual(new Set(['editor']));
  });

  it('is tried again when a piece of it fails, and is done once that is over', async () => {
    const { ids } = await staff(4);
    const saved = await saveRules(app, workspace.admin, [rule('Staff', 'editor')]);
    const inTheWay = jest
      .spyOn(app.app.get(LargeChanges), 'note')
      .mockRejectedValueOnce(new Error('somebody is in the way'))
      .mockRejectedValueOnce(new Error('and still is'));
    await app.app.get(LargeChangeRunner).finish(workspace.id, new AbortController().signal);
    inTheWay.mockRestore();
    expect(await change(saved.largeChangeId)).toMatchObject({ status: 'finished', done: 5, changed: 4 });
    expect(new Set(await roles(ids))).toEqual(new Set(['editor']));
  });

  it('is replaced when rules are saved again meanwhile, and the newest rules hold', async () => {
    const { ids } = await staff(5);
    const first = await saveRules(app, workspace.admin, [rule('Staff', 'editor')]);
    await onePiece();
    const again = await saveRules(app, workspace.admin, [rule('Staff', 'editor')]);
    expect(again).toMatchObject({ changed: 0, largeChangeId: first.largeChangeId });
    const other = await saveRules(app, workspace.admin, []);
    await goOn();
    expect(await change(first.largeChangeId)).toMatchObject({ status: 'replaced' });
    expect(await change(other.largeChangeId)).toMatchObject({ status: 'finished' });
    expect(new Set(await roles(ids))).toEqual(new Set(['viewer']));
    const ended = await app.auditEvents(workspace.id, 'large_change.ended');
    expect(ended.map(({ target_id, data }) => [target_id, data.outcome])).toEqual([
      [first.largeChangeId, 'replaced'],
      [other.largeChangeId, 'finished'],
    ]);
  });

  it('keeps the workspace from losing its last admin before anything begins', async () => {
    const { ids } = await staff(4);
    await saveRules(app, workspace.admin, [rule('Staff', 'admin')]);
    await goOn();
    expect(new Set(await roles(ids))).toEqual(new Set(['admin']));
    await app.sql(`delete from member_grants where member_id = $1`, [workspace.admin.memberId]);
    const { body } = await admin.put('/v1/role-mappings').send({ rules: [] }).expect(409);
    expect(body.code).toBe('last_admin');
    expect(new Set(await roles(ids))).toEqual(new Set(['admin']));
  });

  it('follows a group that is deleted, and an author of rules who loses the role', async () => {
    const { ids, groupId } = await staff(5);
    await saveRules(app, workspace.admin, [rule('Staff', 'admin')]);
    await goOn();
    const other = await app.member(workspace, 'admin');
    await app
      .http(other.accessToken)
      .patch(`/v1/members/${workspace.admin.memberId}`)
      .send({ role: 'editor' })
      .expect(200);
    await goOn();
    // What an author gives by rules is no more than they hold.
    expect(new Set(await roles(ids))).toEqual(new Set(['editor']));
    await workspace.scim.delete(`/Groups/${groupId}`).expect(204);
    await goOn();
    expect(new Set(await roles(ids))).toEqual(new Set(['viewer']));
    const kinds = (await app.http(other.accessToken).get('/v1/large-changes').expect(200)).body
      .data as object[];
    expect(kinds).toMatchObject([
      { because: 'directory' },
      { because: 'author_changed' },
      { because: 'rules_saved' },
    ]);
  });

  it('takes the people of a directory out when it is switched off, and lets in whoever left by then when that is undone', async () => {
    const { ids } = await staff(6);
    const { body } = await admin.post('/v1/scim/switch-off').send({ mode: 'suspend' }).expect(201);
    expect(body).toMatchObject({ members: 0, largeChangeId: expect.any(String) as string });
    expect((await workspace.scim.get('/Users')).status).toBe(401);
    expect(await areIn(ids)).toHaveLength(6);
    await onePiece();
    expect(await areIn(ids)).toHaveLength(4);

    const undone = await admin.post(`/v1/scim/switch-off/${body.id as string}/undo`).expect(200);
    expect(undone.body).toMatchObject({ members: 2, largeChangeId: null });
    await goOn();
    expect(await areIn(ids)).toHaveLength(6);
    expect(await change(body.largeChangeId)).toMatchObject({ status: 'cancelled', changed: 2 });
    expect(await app.auditEvents(workspace.id, 'large_change.ended')).toMatchObject([
      { target_id: body.largeChangeId, data: { outcome: 'cancelled', changed: 2 } },
    ]);
  });

  it('undoes in pieces what was done in pieces', async () => {
    const { ids } = await staff(5);
    const { body } = await admin.post('/v1/scim/switch-off').send({ mode: 'convert' }).expect(201);
    await goOn();
    const [off] = (await admin.get('/v1/scim/switch-off').expect(200)).body.data as object[];
    expect(off).toMatchObject({ members: 5, largeChangeId: null });
    const sources = async () =>
      (
        await app.sql<{ source: string }>('select distinct source from members where id = any($1)', [ids])
      ).map(({ source }) => source);
    expect(await sources()).toEqual(['manual']);
    const undone = await admin.post(`/v1/scim/switch-off/${body.id as string}/undo`).expect(200);
    expect(undone.body).toMatchObject({ largeChangeId: expect.any(String) as string });
    await goOn();
    expect(await sources()).toEqual(['scim']);
    expect((await changes()).map(({ kind, changed }) => ({ kind, changed }))).toEqual([
      { kind: 'directory_unconvert', changed: 5 },
      { kind: 'directory_convert', changed: 5 },
    ]);
    const page = async (cursor?: string) =>
      (await admin.get('/v1/large-changes').query({ limit: 1, cursor }).expect(200)).body as {
        data: LargeChangeBody[];
        nextCursor: string;
      };
    const { nextCursor } = await page();
    expect((await page(nextCursor)).data).toMatchObject([{ kind: 'directory_convert' }]);
  });

  it('is not taken for done, or undone, with a later one that is about something else', async () => {
    const { ids } = await staff(5);
    const { largeChangeId } = await saveRules(app, workspace.admin, [rule('Staff', 'editor')]);
    const { body } = await admin.post('/v1/scim/switch-off').send({ mode: 'convert' }).expect(201);
    await onePiece();
    await admin.post(`/v1/scim/switch-off/${body.id as string}/undo`).expect(200);
    await goOn();
    expect(await change(largeChangeId)).toMatchObject({ status: 'finished', changed: 5 });
    expect(await change(body.largeChangeId)).toMatchObject({ status: 'cancelled' });
    expect(new Set(await roles(ids))).toEqual(new Set(['editor']));
  });

  it('leaves alone who comes in by the next directory while the one before is switched off', async () => {
    const { ids } = await staff(4);
    await admin.post('/v1/scim/switch-off').send({ mode: 'suspend' }).expect(201);
    const { token } = await issueScimToken(app, workspace.admin, { name: 'Next' });
    const { id } = await new ScimClient(app, token).create();
    await goOn();
    expect(await areIn([...ids, id])).toEqual([id]);
  });

  it('takes nobody out by a switch-off who became the last admin meanwhile, on record', async () => {
    const { ids } = await staff(5);
    await admin.post('/v1/scim/switch-off').send({ mode: 'suspend' }).expect(201);
    await app.sql(`update members set role = 'admin' where id = $1`, [ids[3]]);
    await app.sql(`update members set role = 'viewer' where id = $1`, [workspace.admin.memberId]);
    await goOn();
    expect(await areIn(ids)).toEqual([ids[3]]);
    expect(await app.auditEvents(workspace.id, 'scim.change_refused')).toMatchObject([
      { target_id: ids[3], data: { code: 'last_admin', change: 'deactivation' } },
    ]);
  });

  it('takes an admin out once by a switch-off: who was let in again meanwhile stays', async () => {
    const { ids } = await staff(5);
    await app.sql(`update members set role = 'admin' where id = $1`, [ids[3]]);
    const { body } = await admin.post('/v1/scim/switch-off').send({ mode: 'suspend' }).expect(201);
    expect(body).toMatchObject({ members: 1 });
    await admin.post(`/v1/members/${ids[3]!}/restore`).expect(200);
    await goOn();
    expect(await areIn(ids)).toEqual([ids[3]]);
    expect(await change(body.largeChangeId)).toMatchObject({ status: 'finished', changed: 4 });
  });

  it('takes an admin out once by an approval: who was let in again meanwhile stays', async () => {
    const { ids } = await staff(5);
    const massChange = { members: 0, percent: 1 };
    await admin.patch('/v1/workspace/policy').send({ scim: { massChange } }).expect(200);
    await app.sql(`update members set created_at = now() - interval '30 days' where id = any($1)`, [ids]);
    await app.sql(`update members set role = 'admin' where id = $1`, [ids[3]]);
    for (const id of ids)
      await workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }).expect(429);
    const [hold] = (await admin.get('/v1/scim/holds').expect(200)).body.data as { id: string }[];
    await admin.post(`/v1/scim/holds/${hold!.id}/approve`).expect(200);
    await admin.post(`/v1/members/${ids[3]!}/restore`).expect(200);
    await goOn();
    expect(await areIn(ids)).toEqual([ids[3]]);
  });

  it('leaves alone whom the directory takes back before it is their turn', async () => {
    const { ids } = await staff(5);
    const massChange = { members: 0, percent: 1 };
    await admin.patch('/v1/workspace/policy').send({ scim: { massChange } }).expect(200);
    await app.sql(`update members set created_at = now() - interval '30 days' where id = any($1)`, [ids]);
    const setActive = (id: string, value: boolean) =>
      workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value });
    for (const id of ids) await setActive(id, false).expect(429);
    const [hold] = (await admin.get('/v1/scim/holds').expect(200)).body.data as { id: string }[];
    await admin.post(`/v1/scim/holds/${hold!.id}/approve`).expect(200);
    await onePiece();
    await setActive(ids[4]!, true).expect(200);
    await goOn();
    expect(await areIn(ids)).toEqual([ids[4]]);
  });

  describe('whom a directory wanted to take out, and an admin approved that', () => {
    let ids: string[];
    const deactivate = (id: string) =>
      workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });

    beforeEach(async () => {
      const massChange = { members: 1, percent: 10 };
      await admin.patch('/v1/workspace/policy').send({ scim: { massChange } }).expect(200);
      ({ ids } = await staff(12));
      await app.sql(`update members set created_at = now() - interval '30 days' where id = any($1)`, [ids]);
      // That somebody left once before, and came back, says nothing.
      await admin.delete(`/v1/members/${ids[2]}`).expect(204);
      await admin.post(`/v1/members/${ids[2]}/restore`).expect(200);
      await deactivate(ids[0]!).expect(200);
      for (const id of ids.slice(1, 5)) await deactivate(id).expect(429);
      await workspace.scim.delete(`/Users/${ids[5]}`).expect(429);
      const [hold] = (await admin.get('/v1/scim/holds').expect(200)).body.data as { id: string }[];
      await admin.post(`/v1/scim/holds/${hold!.id}/approve`).expect(200);
    });

    it('does not count as the next burst: whom the directory takes out afterwards leaves', async () => {
      await goOn();
      expect(await areIn(ids)).toHaveLength(6);
      await workspace.scim.get(`/Users/${ids[4]}`).expect(200);
      await workspace.scim.get(`/Users/${ids[5]}`).expect(404);
      // Whoever leaves now counts again, also somebody who had left by the approval.
      await admin.post(`/v1/members/${ids[1]}/restore`).expect(200);
      await deactivate(ids[1]!).expect(200);
      await deactivate(ids[7]!).expect(429);
    });

    it('comes in again when the directory says so after their turn: nothing was waiting that it takes back', async () => {
      await onePiece();
      const active = { op: 'replace', path: 'active', value: true };
      await workspace.scim.patch(`/Users/${ids[1]}`, active).expect(200);
      expect(await app.auditEvents(workspace.id, 'scim.deactivation_taken_back')).toEqual([]);
      await goOn();
      expect(await areIn(ids.slice(1, 6))).toEqual([ids[1]]);
    });

    it('is not held once more when the directory says it again before it is their turn', async () => {
      await onePiece();
      for (const id of ids.slice(1, 6)) await deactivate(id).expect(200);
      expect(await areIn(ids)).toHaveLength(6);
      await goOn();
      const holds = (await admin.get('/v1/scim/holds').expect(200)).body.data as object[];
      expect(holds).toMatchObject([{ status: 'approved', largeChangeId: null }]);
      await deactivate(ids[6]!).expect(200);
    });
  });

  it('carries out what an admin approved; whoever became the last admin meanwhile stays, on record', async () => {
    const { ids } = await staff(5);
    const massChange = { members: 0, percent: 1 };
    await admin.patch('/v1/workspace/policy').send({ scim: { massChange } }).expect(200);
    await app.sql(`update members set created_at = now() - interval '30 days' where id = any($1)`, [ids]);
    for (const id of ids) {
      await workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }).expect(429);
    }
    const [hold] = (await admin.get('/v1/scim/holds').expect(200)).body.data as { id: string }[];
    const { body } = await admin.post(`/v1/scim/holds/${hold!.id}/approve`).expect(200);
    expect(body).toMatchObject({ status: 'approved', largeChangeId: expect.any(String) as string });
    await app.sql(`update members set role = 'admin' where id = $1`, [ids[3]]);
    await app.sql(`update members set role = 'viewer' where id = $1`, [workspace.admin.memberId]);
    await goOn();
    expect(await areIn(ids)).toEqual([ids[3]]);
    await app.sql(`update members set role = 'admin' where id = $1`, [workspace.admin.memberId]);
    expect(await change(body.largeChangeId)).toMatchObject({ status: 'finished', changed: 4, refused: 1 });
    expect(await app.auditEvents(workspace.id, 'scim.change_refused')).toMatchObject([
      { target_id: ids[3], data: { code: 'last_admin', holdId: hold!.id } },
    ]);
  });

  it('is for people of the workspace to follow, and for nobody else', async () => {
    await staff(4);
    const { largeChangeId } = await saveRules(app, workspace.admin, [rule('Staff', 'editor')]);
    const viewer = await app.member(workspace, 'viewer');
    const stranger = await app.workspace();
    const path = `/v1/large-changes/${largeChangeId as string}`;
    await app.http().get(path).expect(401);
    expect((await app.http(viewer.accessToken).get(path)).status).toBe(
      (await app.http(viewer.accessToken).get('/v1/members')).status,
    );
    for (const id of [largeChangeId as string, randomUUID()]) {
      await app.http(stranger.admin.accessToken).get(`/v1/large-changes/${id}`).expect(404);
    }
  });
});
