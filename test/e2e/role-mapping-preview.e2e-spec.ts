import { randomUUID } from 'node:crypto';
import { AlikeMembers } from '../../src/members/grants/alike-members.service';
import { RoleMappingPreview } from '../../src/members/role-mappings/role-mapping-preview.service';
import { startApp, type TestApp } from '../support/app';
import { seededRandom } from '../support/seeded-random';
import { refused } from '../support/federated-sign-in';
import { department, group, MappingScene, type TestRule } from '../support/role-mapping';
import { rounds } from '../support/rounds';

describe('A preview of role mappings', () => {
  let app: TestApp;
  let the: MappingScene;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
  });

  it('say who would gain and lose what and by which rule, and change nothing', async () => {
    await the.save(group('ops', 'editor'));
    await the.signIn('ada', ['ops']);
    await the.signIn('bob', ['sales']);
    const before = await app.auditEvents(the.scene.workspace.id);
    const body = await the.preview([group('sales', 'admin'), group('nobody', 'viewer')]);
    const [ada, bob] = [await the.memberOf('ada'), await the.memberOf('bob')];
    expect(body.changes).toHaveLength(2);
    expect(body.changes).toEqual(
      expect.arrayContaining([
        {
          memberId: ada.id,
          email: `ada@${the.scene.domain}`,
          before: { role: 'editor', approver: false },
          after: { role: 'viewer', approver: false },
          rule: null,
        },
        {
          memberId: bob.id,
          email: `bob@${the.scene.domain}`,
          before: { role: 'viewer', approver: false },
          after: { role: 'admin', approver: false },
          rule: expect.objectContaining({ position: 1, value: 'sales' }),
        },
      ]),
    );
    expect(body).toMatchObject({ counts: { members: 3, gain: 1, lose: 1 }, denied: [], subject: null });
    expect(body.warnings).toEqual([
      { code: 'rule_matches_nobody', detail: expect.stringContaining('nobody'), position: 2 },
    ]);
    expect([await the.roleOf('ada'), await the.roleOf('bob')]).toEqual(['editor', 'viewer']);
    expect(await app.auditEvents(the.scene.workspace.id)).toEqual(before);
  });

  it('warn of what saving then refuses: nobody would be admin', async () => {
    await the.save(group('admins', 'admin'));
    await the.signIn('ada', ['admins']);
    await the.forgetFounder();
    const body = await the.preview([group('other', 'editor')]);
    expect((body.warnings as { code: string }[]).map(({ code }) => code)).toEqual([
      'last_admin',
      'you_lose_admin',
      'rule_matches_nobody',
    ]);
    const refusal = await the.put([group('other', 'editor')]).expect(409);
    expect(refusal.body).toMatchObject({ code: 'last_admin' });
    expect(refusal.body.errors.join(' ')).toContain(`ada@${the.scene.domain}`);
    expect(await the.roleOf('ada')).toBe('admin');
    expect(await the.events('role_mapping.updated')).toHaveLength(1);
  });

  it('try the rules on somebody, and say whether a first sign-in would be refused', async () => {
    const rules = [
      group('ops', 'editor', { connectionId: the.scene.connection.id }),
      department('Sales', 'viewer'),
    ];
    const subjectOf = async (subject: object) => (await the.preview(rules, { subject })).subject;
    expect(await subjectOf({ groups: ['ops'], department: 'sales' })).toMatchObject({
      role: 'editor',
      denied: false,
      rule: { position: 1 },
    });
    expect(await subjectOf({ department: 'sales ' })).toMatchObject({
      role: 'viewer',
      rule: { position: 2 },
    });
    expect(await subjectOf({})).toEqual({
      role: 'viewer',
      approver: false,
      rule: null,
      approverRule: null,
      denied: false,
    });
    await the.asAdmin
      .patch('/v1/workspace/policy')
      .send({ sso: { jit: { requireMapping: true } } })
      .expect(200);
    expect(await subjectOf({})).toMatchObject({ denied: true });
  });

  it('say so, too, where nobody comes in by a first sign-in, whatever rule matches', async () => {
    await the.jit({ enabled: false }).expect(200);
    const rules = [group('ops', 'editor')];
    const { subject } = await the.preview(rules, { subject: { groups: ['ops'] } });
    expect(subject).toMatchObject({ role: 'editor', rule: { position: 1 }, denied: true });
    await the.save(group('ops', 'editor'));
    await expect(the.signIn('ada', ['ops'])).rejects.toEqual(refused('jit_disabled', 403));
  });

  it('name those who came in by signing in and would not come in any more', async () => {
    await the.signIn('ada', ['ops']);
    await the.signIn('bob', []);
    await the.asAdmin
      .patch('/v1/workspace/policy')
      .send({ sso: { jit: { requireMapping: true } } })
      .expect(200);
    const { denied, counts } = await the.preview([group('ops', 'viewer')]);
    expect(denied).toEqual([{ memberId: (await the.memberOf('bob')).id, email: `bob@${the.scene.domain}` }]);
    expect(counts).toMatchObject({ denied: 1 });
  });

  it('count all whom no rule matches, however few of them are named', async () => {
    const portions = app.app.get(AlikeMembers);
    const previews = app.app.get(RoleMappingPreview);
    const before = { portion: portions.portion, mostShown: previews.mostShown };
    const rows = await app.sql<{ id: string }>(
      `with people as (select format('n%s@%s', n, $2::text) as email from generate_series(1, 9) n),
            u as (insert into users (email) select email from people returning id, email)
       insert into members (workspace_id, user_id, email, user_name, source)
       select $1, u.id, email, email, 'jit' from u returning id`,
      [the.scene.workspace.id, the.scene.domain],
    );
    const ids = rows.map(({ id }) => id).sort();
    const requireMapping = (wanted: boolean) =>
      the.asAdmin
        .patch('/v1/workspace/policy')
        .send({ sso: { jit: { requireMapping: wanted } } })
        .expect(200);
    Object.assign(portions, { portion: 2 });
    Object.assign(previews, { mostShown: 4 });
    try {
      await requireMapping(true);
      const { denied, counts } = await the.preview([group('ops', 'viewer')]);
      expect((denied as { memberId: string }[]).map(({ memberId }) => memberId)).toEqual(ids.slice(0, 4));
      expect(counts).toMatchObject({ denied: 9 });
      await requireMapping(false);
      expect(await the.preview([group('ops', 'viewer')])).toMatchObject({
        denied: [],
        counts: { denied: 0 },
      });
    } finally {
      Object.assign(portions, { portion: before.portion });
      Object.assign(previews, { mostShown: before.mostShown });
    }
  });

  it('name whoever would lose something before all others, however late they come, and count all', async () => {
    const portions = app.app.get(AlikeMembers);
    const previews = app.app.get(RoleMappingPreview);
    const before = { portion: portions.portion, mostShown: previews.mostShown };
    // Twelve who gain, then four who lose, in the order of their ids; portions of three.
    const rows = await app.sql<{ id: string }>(
      `with people as (select n, format('late%s@%s', n, $2::text) as email from generate_series(1, 16) n),
            u as (insert into users (email) select email from people returning id, email)
       insert into members (id, workspace_id, user_id, email, user_name, source, department)
       select format('f0000000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, $1, u.id, email, email, 'scim',
              case when n <= 12 then 'Risen' else 'Fallen' end from people join u using (email) returning id`,
      [the.scene.workspace.id, the.scene.domain],
    );
    const ids = rows.map(({ id }) => id).sort();
    await the.save(department('Fallen', 'editor'));
    const shown = async (most: number) => {
      Object.assign(portions, { portion: 3 });
      Object.assign(previews, { mostShown: most });
      try {
        const body = await the.preview([department('Risen', 'editor')]);
        expect(body).toMatchObject({ counts: { gain: 12, lose: 4 } });
        return (body.changes as { memberId: string }[]).map(({ memberId }) => memberId);
      } finally {
        Object.assign(portions, { portion: before.portion });
        Object.assign(previews, { mostShown: before.mostShown });
      }
    };
    expect(await shown(3)).toEqual(ids.slice(12, 15));
    expect(await shown(6)).toEqual([...ids.slice(12), ...ids.slice(0, 2)]);
    expect(await shown(100)).toEqual([...ids.slice(12), ...ids.slice(0, 12)]);
  });

  it('foretell of everybody what saving then makes of them, in portions that cut through those who are alike', async () => {
    Object.assign(app.app.get(AlikeMembers), { portion: 7 });
    const draw = seededRandom(18);
    const one = <T>(of: readonly T[]): T => of[Math.floor(draw() * of.length)]!;
    const provisioned = (value: string, role: TestRule['role']): TestRule => ({
      source: 'scim_group',
      value,
      role,
      approver: draw() < 0.3,
    });
    await people(the, one);
    for (let round = 0; round < rounds({ always: 6, nightly: 60 }); round += 1) {
      const roles = ['admin', 'editor', 'viewer'] as const;
      const rules = [
        group('ops', one(roles), { approver: draw() < 0.3 }),
        group('sales', one(roles), { connectionId: the.scene.connection.id }),
        provisioned('Inner', one(roles)),
        provisioned('Outer', one(roles)),
        department(' ENGINES', one(roles)),
      ].filter(() => draw() < 0.7);
      const before = await standings(the);
      const { counts, ...previewed } = await the.preview(rules);
      const changes = previewed.changes as { memberId: string; rule: object | null }[];
      await the.put(rules).expect(200);
      const after = await standings(the);
      const moved = after.flatMap(({ rule, ...now }, at) => {
        const { role, approver } = before[at]!;
        if (role === now.role && approver === now.approver) return [];
        const shown = changes.find(({ memberId }) => memberId === now.memberId)?.rule === null ? null : rule;
        return {
          ...{ memberId: now.memberId, email: now.email, rule: shown, before: { role, approver } },
          after: { role: now.role, approver: now.approver },
        };
      });
      const [losing, gaining] = [moved.filter(loses), moved.filter((change) => !loses(change))];
      expect(changes).toEqual([...losing, ...gaining]);
      expect(counts).toMatchObject({ members: after.length });
    }
  });
});

interface Standing {
  role: string;
  approver: boolean;
}

function loses({ before, after }: { before: Standing; after: Standing }): boolean {
  const [was, is] = [before, after].map(({ role }) => ['viewer', 'editor', 'admin'].indexOf(role));
  return was === is ? before.approver : is! < was!;
}

const standings = ({ app, scene }: MappingScene) =>
  app.sql<{ memberId: string; email: string; role: string; approver: boolean; rule: object | null }>(
    `select m.id as "memberId", m.email, m.role, m.approver, g.rule from members m
       left join member_grants g on g.member_id = m.id and g.origin = 'rules'
      where m.workspace_id = $1 and m.removed_at is null order by m.id`,
    [scene.workspace.id],
  );

/** Sixty members with several accounts, groups in groups, departments from here and there, and other grants. */
async function people({ app, scene }: MappingScene, one: <T>(of: readonly T[]) => T): Promise<void> {
  const { id } = scene.workspace;
  const add = (table: string, rows: object[]) =>
    app.sql<{ id: string }>(
      `insert into ${table} (workspace_id, ${Object.keys(rows[0]!).join(', ')})
       select $1, ${Object.keys(rows[0]!).join(', ')} from jsonb_populate_recordset(null::${table}, $2)
       returning *`,
      [id, JSON.stringify(rows)],
    );
  const emails = Array.from({ length: 60 }, (_, n) => `p${n}@${scene.domain}`);
  const users = await app.sql<{ id: string; email: string }>(
    'insert into users (email) select unnest($1::text[]) returning id, email',
    [emails],
  );
  const members = await add(
    'members',
    users.map((user) => ({
      ...{ user_id: user.id, email: user.email, user_name: user.email, scim: {}, approver: false },
      ...{ id: randomUUID(), role: 'viewer', created_at: new Date(), updated_at: new Date() },
      source: one(['jit', 'scim', 'invitation']),
      external_id: one([null, null, user.email]),
      department: one([null, 'Engines', 'Sales']),
      removed_at: one([null, null, null, new Date()]),
    })),
  );
  const accounts = members.flatMap((member) => Array.from({ length: one([0, 1, 1, 2, 3]) }, () => member.id));
  await add(
    'identities',
    accounts.map((member_id) => ({
      ...{ id: randomUUID(), member_id, connection_id: scene.connection.id, created_at: new Date() },
      ...{ issuer: `https://${one(['a', 'b'])}.test`, subject: randomUUID() },
      last_sign_in_at: one([null, new Date(Date.now() - one([1, 2, 3, 4, 5]) * one([6e4, 7e4, 8e4]))]),
      groups: one([null, [], ['ops'], ['sales', 'ops'], ['other']]),
      groups_overage: one([true, false, false]),
      department: one([null, 'engines ', 'Sales']),
    })),
  );
  const of = (name: string) => ({ id: randomUUID(), display_name: name, created_at: new Date() });
  const [outer, inner] = await add('directory_groups', [of('Outer'), of('Inner')]);
  await add('directory_group_nestings', [
    { group_id: outer!.id, inner_id: inner!.id, created_at: new Date() },
  ]);
  for (const { id: group_id } of [outer!, inner!]) {
    const within = members.filter(() => one([true, false, false]));
    await add(
      'directory_group_members',
      within.map((member) => ({ group_id, member_id: member.id, created_at: new Date() })),
    );
  }
  const given = members.flatMap(({ id: member_id }) => {
    const origin = one([null, null, 'invitation', 'override']);
    const role = one([null, 'editor', 'viewer']);
    const grant = { id: randomUUID(), kind: 'manual', created_at: new Date(), approver: one([null, true]) };
    return origin ? [{ ...grant, member_id, origin, role }] : [];
  });
  await app.sql(`delete from member_grants where member_id = any($1) and origin = 'invitation'`, [
    members.map((member) => member.id),
  ]);
  await add('member_grants', given);
}
