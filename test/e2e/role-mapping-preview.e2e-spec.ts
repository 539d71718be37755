import { startApp, type TestApp } from '../support/app';
import { refused } from '../support/federated-sign-in';
import { department, group, MappingScene } from '../support/role-mapping';

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
    const { denied } = await the.preview([group('ops', 'viewer')]);
    expect(denied).toEqual([{ memberId: (await the.memberOf('bob')).id, email: `bob@${the.scene.domain}` }]);
  });
});
