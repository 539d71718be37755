import { startApp, type TestApp } from '../support/app';
import { expectScimError, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

interface HoldBody {
  id: string;
  status: string;
  heldMembers: number;
}

/** Approving does what the directory wants at that moment, not all that it ever wanted. */
describe('A directory whose burst of deactivations was held', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let ids: string[];
  let hold: HoldBody;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
    await admin
      .patch('/v1/workspace/policy')
      .send({ scim: { massChange: { members: 0, percent: 1 } } })
      .expect(200);
    const rows = await app.sql<{ id: string }>(
      `with u as (insert into users (email) select gen_random_uuid() || '@old.test' from generate_series(1, 5)
                  returning id, email)
       insert into members (workspace_id, user_id, email, user_name, source, created_at)
       select $1, id, email, email, 'scim', now() - interval '30 days' from u returning id`,
      [workspace.id],
    );
    ids = rows.map(({ id }) => id);
    for (const id of ids.slice(1, 4)) await deactivate(id).expect(429);
    await workspace.scim.delete(`/Users/${ids[4]}`).expect(429);
    hold = (await holds())[0]!;
  });

  const deactivate = (id: string) =>
    workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
  const activeOf = async (some: readonly string[]) =>
    (await app.sql('select 1 from members where id = any($1) and removed_at is null', [some])).length;
  const holds = async () => (await admin.get('/v1/scim/holds').expect(200)).body.data as HoldBody[];
  const decide = ({ id }: HoldBody, decision: 'approve' | 'reject') =>
    admin.post(`/v1/scim/holds/${id}/${decision}`);

  it('does not see those out whom it lets in again after an admin had removed them', async () => {
    await admin.delete(`/v1/members/${ids[1]}`).expect(204);
    await workspace.scim
      .patch(`/Users/${ids[1]}`, { op: 'replace', path: 'active', value: true })
      .expect(200);
    expect(await holds()).toMatchObject([{ status: 'pending', heldMembers: 3 }]);
    await decide(hold, 'approve').expect(200);
    expect(await activeOf([ids[1]!])).toBe(1);
  });

  it('does not see those out either whom it deletes then and creates anew', async () => {
    const domain = `${workspace.slug}.example`;
    await app.sql(
      `with d as (insert into domains (workspace_id, domain, token, status, verified_at)
                  values ($1, $2, 't', 'verified', now()) returning id)
       insert into verified_domains (domain, workspace_id, domain_id) select $2, $1, id from d`,
      [workspace.id, domain],
    );
    const userName = `ada@${domain}`;
    await app.sql(
      `with m as (update members set email = $2, user_name = $2 where id = $1 returning user_id)
       update users set email = $2, email_claimed = true where id = (select user_id from m)`,
      [ids[1], userName],
    );
    await admin.delete(`/v1/members/${ids[1]}`).expect(204);
    await workspace.scim.delete(`/Users/${ids[1]}`).expect(204);
    const back = await workspace.scim.create({ userName, emails: [{ value: userName, primary: true }] });
    expect(back.id).toBe(ids[1]);
    expect(await holds()).toMatchObject([{ status: 'pending', heldMembers: 3 }]);
    await decide(hold, 'approve').expect(200);
    expect(await activeOf([ids[1]!])).toBe(1);
  });

  describe('and hears no, and then says that somebody is active after all', () => {
    const activate = (id: string) => ({ op: 'replace', path: 'active', value: true, id });
    const said: [string, (id: string) => PromiseLike<{ status: number }>][] = [
      ['PATCH', (id) => workspace.scim.patch(`/Users/${id}`, activate(id))],
      [
        'PATCH without a path',
        (id) => workspace.scim.patch(`/Users/${id}`, { op: 'replace', value: { active: 'True' } }),
      ],
      [
        'PUT',
        async (id) => {
          const { body } = await workspace.scim.get(`/Users/${id}`);
          return workspace.scim.put(`/Users/${id}`, { ...body, active: true });
        },
      ],
      [
        'Bulk',
        (id) =>
          workspace.scim.post('/Bulk', {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
            Operations: [{ method: 'PATCH', path: `/Users/${id}`, data: { Operations: [activate(id)] } }],
          }),
      ],
    ];

    beforeEach(() => decide(hold, 'reject').expect(200));

    it.each(said)('keeps them from an approval that comes later, told by %s', async (_, tell) => {
      expect((await tell(ids[1]!)).status).toBe(200);
      expect(await holds()).toMatchObject([{ status: 'rejected', heldMembers: 3 }]);
      const { body } = await admin.get(`/v1/scim/holds/${hold.id}/members`).expect(200);
      expect((body.data as { takenBackAt: string | null }[]).map(({ takenBackAt }) => takenBackAt)).toEqual([
        expect.any(String),
        null,
        null,
        null,
      ]);
      await decide(hold, 'approve').expect(200);
      expect(await activeOf(ids)).toBe(2);
      expect(await activeOf([ids[1]!])).toBe(1);
      expect(await app.auditEvents(workspace.id, 'scim.deactivation_taken_back')).toMatchObject([
        { target_id: ids[1], actor_type: 'scim', data: { holdId: hold.id } },
      ]);
    });

    it.each(['active: false', 'DELETE'])('and wants them out again by %s: that is approved', async (word) => {
      // Which it once wanted to delete.
      const id = ids[4]!;
      await workspace.scim.patch(`/Users/${id}`, activate(id)).expect(200);
      expectScimError(
        await (word === 'DELETE' ? workspace.scim.delete(`/Users/${id}`) : deactivate(id)),
        409,
      );
      expect(await holds()).toMatchObject([{ heldMembers: 4 }]);
      await decide(hold, 'approve').expect(200);
      expect(await activeOf(ids)).toBe(1);
      // What it wanted last is done, and no more.
      await workspace.scim.get(`/Users/${id}`).expect(word === 'DELETE' ? 404 : 200);
    });

    it('has that written down once, however often it says so', async () => {
      for (let times = 0; times < 3; times += 1) {
        await workspace.scim.patch(`/Users/${ids[1]}`, activate(ids[1]!)).expect(200);
      }
      expect(await app.auditEvents(workspace.id, 'scim.deactivation_taken_back')).toHaveLength(1);
    });

    it('is still counted when it asks for them once more', async () => {
      expectScimError(await deactivate(ids[1]!), 409);
      const { body } = await admin.get(`/v1/scim/holds/${hold.id}/members`).expect(200);
      expect(body.data[0]).toMatchObject({ memberId: ids[1], attempts: 2, takenBackAt: null });
    });
  });
});
