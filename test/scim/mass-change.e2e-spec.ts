import { startApp, type TestApp } from '../support/app';
import { enforceSso } from '../support/enforcement';
import { mailsTo } from '../support/outbox';
import { expectScimError, ScimClient, scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

interface HoldBody {
  id: string;
  status: string;
  heldMembers: number;
  deactivated: number;
  population: number;
  limits: object;
  decidedBy: string | null;
}

describe('A directory that would deactivate many members at once', () => {
  let app: TestApp;
  let second: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
  });

  const limit = (massChange: object) =>
    admin.patch('/v1/workspace/policy').send({ scim: { massChange } }).expect(200);
  /** Members who have been there for a while; their ids. */
  const members = async (count: number) =>
    (
      await app.sql<{ id: string }>(
        `with u as (insert into users (email) select gen_random_uuid() || '@old.test' from generate_series(1, $2)
                    returning id, email)
         insert into members (workspace_id, user_id, email, user_name, source, created_at)
         select $1, id, email, email, 'scim', now() - interval '30 days' from u returning id`,
        [workspace.id, count],
      )
    ).map(({ id }) => id);
  const deactivate = (id: string, scim = workspace.scim) =>
    scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
  const statuses = async (ids: readonly string[]) => {
    const all: number[] = [];
    for (const id of ids) all.push((await deactivate(id)).status);
    return all;
  };
  const activeOf = async (ids: readonly string[]) =>
    (await app.sql('select 1 from members where id = any($1) and removed_at is null', [ids])).length;
  const holds = async () => (await admin.get('/v1/scim/holds').expect(200)).body.data as HoldBody[];
  const decide = (hold: HoldBody, decision: 'approve' | 'reject') =>
    admin.post(`/v1/scim/holds/${hold.id}/${decision}`);

  it('is stopped where both limits would be passed, and told to come back later', async () => {
    await limit({ members: 2, percent: 20 });
    // With the admin 20 members: 4 are 20 %.
    const ids = await members(19);
    expect(await statuses(ids.slice(0, 4))).toEqual([200, 200, 200, 200]);
    const response = await deactivate(ids[4]!);
    expectScimError(response, 429);
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expect(response.body.detail).toMatch(/admin of the workspace must approve/);
    expect((await workspace.scim.get(`/Users/${ids[4]}`)).body.active).toBe(true);

    expect(await holds()).toMatchObject([
      {
        status: 'pending',
        heldMembers: 1,
        deactivated: 4,
        population: 20,
        limits: { members: 2, percent: 20, windowMinutes: 60 },
        decidedBy: null,
      },
    ]);
  });

  it('passes up to the part that is allowed, and not one more', async () => {
    await limit({ members: 0, percent: 30 });
    // With the admin four: one of them is a quarter, two are a half.
    const ids = await members(3);
    expect(await statuses(ids.slice(0, 2))).toEqual([200, 429]);
  });

  it('passes in a small workspace what is few, and in a large one what is a small part', async () => {
    const few = await members(10);
    expect(await statuses(few)).toEqual(few.map(() => 200));
    await members(60);
    const part = await members(4);
    expect(await statuses(part)).toEqual(part.map(() => 200));
    expect(await holds()).toEqual([]);
  });

  it('is not counted for users it had just made and nobody had used, as connectors do when they are tested', async () => {
    await limit({ members: 0, percent: 1 });
    for (let count = 0; count < 5; count += 1) {
      const { id } = await workspace.scim.create();
      await deactivate(id).expect(200);
      await workspace.scim.delete(`/Users/${id}`).expect(204);
    }
    expect(await holds()).toEqual([]);
    const [id] = await members(1);
    expectScimError(await deactivate(id!), 429);
  });

  it('is stopped as well when it takes each of them back at once: their sessions and keys are gone all the same', async () => {
    await limit({ members: 2, percent: 20 });
    const ids = await members(19);
    const takenBack = async (id: string): Promise<number> => {
      const { status } = await deactivate(id);
      if (status === 200)
        await workspace.scim
          .patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true })
          .expect(200);
      return status;
    };
    const all: number[] = [];
    // One and the same again and again is one.
    for (const id of [ids[0]!, ids[0]!, ids[0]!, ids[0]!, ids[0]!, ...ids.slice(1, 6)])
      all.push(await takenBack(id));
    expect(all).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 429, 429]);
    expect(await holds()).toMatchObject([{ heldMembers: 2, deactivated: 4, population: 20 }]);
  });

  it('waits in whatever words it says so, while everything else that it says is done', async () => {
    await limit({ members: 1, percent: 1 });
    const [first, second_, third, fourth] = (await members(20)) as [string, string, string, string];
    await deactivate(first).expect(200);
    expectScimError(await workspace.scim.delete(`/Users/${second_}`), 429);
    const put = { schemas: [USER], userName: 'Renamed', active: false };
    expectScimError(await workspace.scim.put(`/Users/${third}`, put), 429);
    const both = workspace.scim.patch(
      `/Users/${fourth}`,
      { op: 'replace', path: 'title', value: 'Gone' },
      { op: 'replace', path: 'active', value: 'False' },
    );
    expectScimError(await both, 429);
    const { body } = await workspace.scim.get(`/Users/${third}`).expect(200);
    expect(body).not.toMatchObject({ userName: 'Renamed' });
    expect((await workspace.scim.get(`/Users/${fourth}`)).body.title).toBeUndefined();

    await workspace.scim
      .patch(`/Users/${fourth}`, { op: 'replace', path: 'title', value: 'Here' })
      .expect(200);
    await workspace.scim.create();
    const [hold] = await holds();
    const held = await admin.get(`/v1/scim/holds/${hold!.id}/members`).query({ limit: 2 }).expect(200);
    expect(held.body.data).toMatchObject([
      { memberId: second_, change: 'delete', attempts: 1, tokenId: workspace.tokenId },
      { memberId: third, change: 'deactivate', attempts: 1 },
    ]);
    const rest = await admin
      .get(`/v1/scim/holds/${hold!.id}/members`)
      .query({ cursor: held.body.nextCursor as string });
    expect(rest.body.data).toMatchObject([{ memberId: fourth }]);
  });

  it('is told of in one mail and one event of high risk per burst, and each member is written down once', async () => {
    await limit({ members: 0, percent: 1 });
    const ids = await members(3);
    expect(await statuses([...ids, ...ids])).toEqual([429, 429, 429, 429, 429, 429]);
    expect(await holds()).toMatchObject([{ heldMembers: 3 }]);
    const mails = mailsTo(app, workspace.admin.email).filter(({ subject }) => subject.includes('deactivate'));
    expect(mails).toHaveLength(1);
    expect(mails[0]!.text).toMatch(/Until then they stay active/);
    const [hold] = await holds();
    expect(await app.auditEvents(workspace.id, 'scim.mass_change_held')).toMatchObject([
      { risk: 'high', actor_type: 'scim', target_id: hold!.id, data: { population: 4, percent: 1 } },
    ]);
    const { body } = await admin.get(`/v1/scim/holds/${hold!.id}/members`).expect(200);
    expect((body.data as { attempts: number }[]).map(({ attempts }) => attempts)).toEqual([2, 2, 2]);
    const each = await app.auditEvents(workspace.id, 'scim.deactivation_held');
    expect(each.map(({ target_id }) => target_id).sort()).toEqual([...ids].sort());
    expect(await app.auditEvents(workspace.id, 'scim.user_deactivated')).toEqual([]);
  });

  it('counts exactly when many come at once, to two instances', async () => {
    await limit({ members: 5, percent: 10 });
    const ids = await members(29);
    const other = new ScimClient(second, workspace.scim.token);
    const answers = await Promise.all(
      ids.slice(0, 16).map((id, index) => deactivate(id, index % 2 ? other : workspace.scim)),
    );
    const told = answers.map(({ status }) => status).sort();
    expect(told).toEqual([...Array<number>(5).fill(200), ...Array<number>(11).fill(429)]);
    expect(await activeOf(ids)).toBe(24);
    expect(await holds()).toMatchObject([{ heldMembers: 11, status: 'pending' }]);
    expect(await app.auditEvents(workspace.id, 'scim.mass_change_held')).toHaveLength(1);
  });

  describe('and waits', () => {
    let ids: string[];
    let hold: HoldBody;

    beforeEach(async () => {
      await limit({ members: 1, percent: 1 });
      ids = await members(6);
      await deactivate(ids[0]!).expect(200);
      for (const id of ids.slice(1, 4)) await deactivate(id).expect(429);
      await workspace.scim.delete(`/Users/${ids[4]}`).expect(429);
      hold = (await holds())[0]!;
    });

    it('sees all of it done when an admin approves, and what it says again is so already', async () => {
      const { body } = await decide(hold, 'approve').expect(200);
      expect(body).toMatchObject({ status: 'approved', decidedBy: workspace.admin.memberId, heldMembers: 4 });
      expect(await activeOf(ids)).toBe(1);
      const left = await app.auditEvents(workspace.id, 'scim.user_deactivated');
      expect(left.filter(({ data }) => data.holdId === hold.id)).toHaveLength(4);
      expect(await app.auditEvents(workspace.id, 'scim.hold_approved')).toMatchObject([
        { risk: 'high', actor_type: 'user', data: { deactivated: expect.arrayContaining(ids.slice(1, 5)) } },
      ]);
      const before = await app.auditEvents(workspace.id);
      expect(await statuses(ids.slice(1, 4))).toEqual([200, 200, 200]);
      expect(await app.auditEvents(workspace.id)).toHaveLength(before.length);
      await workspace.scim.get(`/Users/${ids[4]}`).expect(404);
      await decide(hold, 'approve').expect(200);
      expect((await decide(hold, 'reject').expect(409)).body.code).toBe('hold_decided');
      // What was approved no longer counts.
      await deactivate(ids[5]!).expect(200);
    });

    it('sees whoever it once wanted to delete deleted, whatever else it said before and afterwards', async () => {
      await workspace.scim.delete(`/Users/${ids[1]}`).expect(429);
      await deactivate(ids[4]!).expect(429);
      await decide(hold, 'approve').expect(200);
      for (const [index, status] of [404, 200, 200, 404].entries()) {
        await workspace.scim.get(`/Users/${ids[index + 1]}`).expect(status);
      }
    });

    it('is refused for those whom an admin keeps, until the admin approves after all', async () => {
      await decide(hold, 'reject').expect(200);
      expect(await activeOf(ids)).toBe(5);
      expectScimError(await deactivate(ids[1]!), 409);
      expect(await app.auditEvents(workspace.id, 'scim.hold_rejected')).toHaveLength(1);
      expect(await holds()).toMatchObject([{ status: 'rejected' }]);
      await decide(hold, 'approve').expect(200);
      expect(await activeOf(ids)).toBe(1);
    });

    it('is refused for them also when it takes them back in between', async () => {
      await decide(hold, 'reject').expect(200);
      await decide(hold, 'reject').expect(200);
      expect(await app.auditEvents(workspace.id, 'scim.hold_rejected')).toHaveLength(1);
      await workspace.scim
        .patch(`/Users/${ids[1]}`, { op: 'replace', path: 'active', value: true })
        .expect(200);
      expectScimError(await deactivate(ids[1]!), 409);
    });

    it('is refused for seven days, and then asked about anew', async () => {
      await decide(hold, 'reject').expect(200);
      const decided = (ago: string) =>
        app.sql(`update scim_holds set decided_at = now() - $2::interval where id = $1`, [hold.id, ago]);
      await decided('6 days 23 hours');
      await deactivate(ids[1]!).expect(409);
      await decided('8 days');
      await app.sql(`update offboardings set at = now() - interval '8 days' where workspace_id = $1`, [
        workspace.id,
      ]);
      await deactivate(ids[1]!).expect(200);
      await deactivate(ids[2]!).expect(429);
      expect(await holds()).toMatchObject([{ status: 'pending' }, { status: 'rejected' }]);
      const newest = await admin.get('/v1/scim/holds').query({ limit: 1 }).expect(200);
      const cursor = newest.body.nextCursor as string;
      const { body } = await admin.get('/v1/scim/holds').query({ limit: 1, cursor }).expect(200);
      expect(body).toMatchObject({ data: [{ id: hold.id }], nextCursor: null });
    });

    it('keeps waiting when the window is over: time alone approves nothing', async () => {
      await app.sql(`update offboardings set at = now() - interval '2 hours' where workspace_id = $1`, [
        workspace.id,
      ]);
      expect((await deactivate(ids[1]!)).status).toBe(429);
      await deactivate(ids[5]!).expect(200);
    });

    it('is decided once by whoever is first of many', async () => {
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (index % 2 ? app : second)
            .http(workspace.admin.accessToken)
            .post(`/v1/scim/holds/${hold.id}/approve`),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(await app.auditEvents(workspace.id, 'scim.hold_approved')).toHaveLength(1);
    });

    it('is none of the business of others', async () => {
      const editor = await app.member(workspace, 'editor');
      await app.http(editor.accessToken).get('/v1/scim/holds').expect(403);
      await app.http(editor.accessToken).post(`/v1/scim/holds/${hold.id}/approve`).expect(403);
      await app.http(workspace.scim.token).post(`/v1/scim/holds/${hold.id}/approve`).expect(403);
      const elsewhere = await app.workspace();
      const stranger = app.http(elsewhere.admin.accessToken);
      await stranger.post(`/v1/scim/holds/${hold.id}/approve`).expect(404);
      expect((await stranger.get('/v1/scim/holds').expect(200)).body.data).toEqual([]);
    });
  });

  describe('and then says that somebody is active after all', () => {
    let ids: string[];

    beforeEach(async () => {
      await limit({ members: 0, percent: 1 });
      ids = await members(3);
      expect(await statuses(ids)).toEqual([429, 429, 429]);
    });

    const activate = (id: string) =>
      workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true });

    it('takes back what waits for an admin: approving the rest leaves them', async () => {
      await activate(ids[0]!).expect(200);
      await activate(ids[0]!).expect(200);
      const { body } = await workspace.scim.get(`/Users/${ids[1]}`);
      await workspace.scim.put(`/Users/${ids[1]}`, { ...body, active: true }).expect(200);
      const [hold] = await holds();
      expect(hold).toMatchObject({ status: 'pending', heldMembers: 1 });
      await decide(hold!, 'approve').expect(200);
      expect(await activeOf(ids)).toBe(2);
      expect(await app.auditEvents(workspace.id, 'scim.deactivation_taken_back')).toMatchObject([
        { target_id: ids[0], actor_type: 'scim', data: { holdId: hold!.id } },
        { target_id: ids[1] },
      ]);
    });

    it('goes on waiting for those of whom it says something else', async () => {
      await workspace.scim
        .patch(`/Users/${ids[0]}`, { op: 'replace', path: 'title', value: 'Engineer' })
        .expect(200);
      expect(await holds()).toMatchObject([{ heldMembers: 3 }]);
    });

    it('ends the burst when nobody is left in it, and begins another one when it wants them out again', async () => {
      for (const id of ids) await activate(id).expect(200);
      const [ended] = await holds();
      expect(ended).toMatchObject({ status: 'ended', endReason: 'taken_back', heldMembers: 0 });
      for (const decision of ['approve', 'reject'] as const) {
        const { body } = await decide(ended!, decision).expect(409);
        expect(body).toMatchObject({
          code: 'hold_decided',
          detail: 'This ended before anybody decided: the directory took it back.',
        });
      }
      await deactivate(ids[0]!).expect(429);
      expect(await holds()).toMatchObject([{ status: 'pending', heldMembers: 1 }, { status: 'ended' }]);
    });

    it('is heard while an admin approves: whoever comes first is waited for', async () => {
      const [hold] = await holds();
      const [decided, ...answers] = await Promise.all([
        decide(hold!, 'approve'),
        ...ids.map((id) => activate(id)),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      // Where all three came first, nothing was left to approve.
      const [after] = await holds();
      expect([
        [200, 'approved', undefined],
        [409, 'ended', 'hold_decided'],
      ]).toContainEqual([decided.status, after!.status, (decided.body as { code?: string }).code]);
      // Active before the approval: taken back. Active after it: let in again.
      expect(await activeOf(ids)).toBe(3);
    });
  });

  it('cannot take the last admin along: approving says so and does nothing', async () => {
    await limit({ members: 0, percent: 1 });
    const ids = await members(2);
    await deactivate(workspace.admin.memberId).expect(429);
    await deactivate(ids[0]!).expect(429);
    const [hold] = await holds();
    expect((await decide(hold!, 'approve').expect(409)).body.code).toBe('last_admin');
    expect(await activeOf(ids)).toBe(2);
    expect(await holds()).toMatchObject([{ status: 'pending' }]);
  });

  it('never takes the last admin, and the attempt is on record as high risk', async () => {
    for (const attempt of [
      deactivate(workspace.admin.memberId),
      workspace.scim.delete(`/Users/${workspace.admin.memberId}`),
    ])
      expectScimError(await attempt, 409);
    expect(await app.auditEvents(workspace.id, 'scim.change_refused')).toMatchObject([
      {
        risk: 'high',
        actor_type: 'scim',
        target_id: workspace.admin.memberId,
        data: { code: 'last_admin', change: 'deactivation' },
      },
      { data: { code: 'last_admin' } },
    ]);
    expect(await activeOf([workspace.admin.memberId])).toBe(1);
  });

  it('never takes the last admin of break-glass either, and that is on record, too', async () => {
    const { memberId } = await enforceSso(app, workspace);
    expectScimError(await deactivate(memberId), 409);
    expect(await app.auditEvents(workspace.id, 'scim.change_refused')).toMatchObject([
      { risk: 'high', actor_type: 'scim', target_id: memberId, data: { code: 'break_glass_required' } },
    ]);
    expect(await activeOf([memberId])).toBe(1);
  });

  it.each([
    { members: -1 },
    { percent: 0 },
    { percent: 101 },
    { windowMinutes: 0 },
    { members: '5' },
    { other: 1 },
    null,
  ])('has no limits like %p', async (massChange) => {
    await admin.patch('/v1/workspace/policy').send({ scim: { massChange } }).expect(400);
  });
});
