import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { signingKey } from '../support/certificates';
import { enforceNow } from '../support/enforcement';
import { ownDomain } from '../support/oidc-sign-in';
import { group, saveRules } from '../support/role-mapping';
import { APPLICATION, SamlScene } from '../support/saml-sign-in';

describe('The last break-glass admin, whom a group makes admin', () => {
  const key = signingKey();
  let app: TestApp;
  let workspace: TestWorkspace;
  let saml: SamlScene;
  let ada: TestPerson;
  let bob: TestPerson;

  beforeAll(async () => {
    app = await startApp({ APP_REDIRECT_URIS: APPLICATION });
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await app.workspace();
    await ownDomain(app, workspace, `${workspace.slug}.test`);
    saml = await SamlScene.connect(app, workspace, key);
    await app.sql(
      `update connection_revisions set tested_at = now(), tested_by = $2, tested_attempt_id = gen_random_uuid()
        where connection_id = $1`,
      [saml.connectionId, JSON.stringify({ type: 'user', id: workspace.admin.userId })],
    );
    await saveRules(app, workspace.admin, [group('admins', 'admin')]);
    [ada, bob] = [await app.member(workspace, 'viewer'), await app.member(workspace, 'viewer')];
    const enrolled = await enrol(app, ada.accessToken);
    await enrol(app, bob.accessToken);
    await signIn(ada, ['admins']);
    await app.sql(`update sessions set method = 'oidc' where member_id = $1`, [workspace.admin.memberId]);
    await enforceNow(app, { ...ada, ...enrolled, accessToken: workspace.admin.accessToken });
  });

  const signIn = ({ email }: TestPerson, groups: string[]) =>
    saml.signIn({ nameId: email, attributes: { groups } });
  const roleOf = async ({ memberId }: TestPerson) =>
    (await app.sql<{ role: string }>('select role from members where id = $1', [memberId]))[0]!.role;
  const asFounder = () => app.http(workspace.admin.accessToken);

  const held = async () =>
    (await app.auditEvents(workspace.id, 'sso.role_sync_held')).map(({ target_id, risk, data }) => [
      target_id,
      risk,
      data.reason,
    ]);
  const named = async () =>
    (await asFounder().get('/v1/workspace/policy').expect(200)).body.sso.breakGlassMemberIds as string[];

  it('is let in without the group, and stays admin: the record says so, and the policy still names them', async () => {
    expect((await signIn(ada, [])).status).toBe(303);
    expect(await roleOf(ada)).toBe('admin');
    expect(await held()).toEqual([[ada.memberId, 'high', 'break_glass_required']]);
    expect(await named()).toEqual([ada.memberId]);
    const { body } = await asFounder().get(`/v1/members/${ada.memberId}/access`).expect(200);
    expect(body).toMatchObject({
      ...{ role: 'admin', held: true },
      explanation: expect.stringContaining('it stays admin: this is the last break-glass admin'),
    });
  });

  it('stays when whoever saved the rules is no admin any more', async () => {
    const path = (person: TestPerson) => `/v1/members/${person.memberId}`;
    await asFounder().patch(path(bob)).send({ role: 'admin' }).expect(200);
    await asFounder().patch(path(workspace.admin)).send({ role: 'editor' }).expect(200);
    expect(await roleOf(ada)).toBe('admin');
    expect(await held()).toEqual([[ada.memberId, 'high', 'break_glass_required']]);
  });

  it('cannot be mapped away by whoever saves rules, who is told, in the preview too', async () => {
    const preview = await asFounder().post('/v1/role-mappings/preview').send({ rules: [] }).expect(200);
    expect(preview.body.warnings).toMatchObject([{ code: 'break_glass_required' }]);
    const { body } = await asFounder().put('/v1/role-mappings').send({ rules: [] }).expect(409);
    expect(body.code).toBe('break_glass_required');
    expect(await roleOf(ada)).toBe('admin');
  });

  it.each<[string, () => Promise<unknown>, string[]]>([
    ['another one is named', () => addBob(), ['bob']],
    ['passwords are not refused any more', () => setPolicy({ enforced: false }), []],
  ])('is held until %s', async (_, change, left) => {
    await signIn(ada, []);
    await change();
    expect(await roleOf(ada)).toBe('viewer');
    expect(await named()).toEqual(left.map(() => bob.memberId));
    const [event] = (await app.auditEvents(workspace.id, 'workspace.member_updated')).slice(-1);
    expect(event).toMatchObject({ target_id: ada.memberId, data: { because: 'break_glass_changed' } });
  });

  it('is one of two who lose the group at the same moment: one of them stays', async () => {
    await addBob();
    for (let round = 0; round < 3; round += 1) {
      const pages = await Promise.all([signIn(ada, []), signIn(bob, [])]);
      expect(pages.map(({ status }) => status)).toEqual([303, 303]);
      expect([await roleOf(ada), await roleOf(bob)].sort()).toEqual(['admin', 'viewer']);
      expect(await named()).toHaveLength(1);
      await Promise.all([signIn(ada, ['admins']), signIn(bob, ['admins'])]);
      await name(ada, bob);
    }
  });

  const setPolicy = (sso: object) => asFounder().patch('/v1/workspace/policy').send({ sso }).expect(200);
  const name = (...people: TestPerson[]) =>
    setPolicy({ breakGlassMemberIds: people.map(({ memberId }) => memberId) });

  /** A second one, by the same group. */
  async function addBob(): Promise<void> {
    await signIn(bob, ['admins']);
    await name(ada, bob);
  }
});
