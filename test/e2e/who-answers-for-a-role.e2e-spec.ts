import { startApp, type TestApp } from '../support/app';
import { accessOf, group, MappingScene, saveRules } from '../support/role-mapping';

describe('Whoever gives a role', () => {
  let app: TestApp;
  let the: MappingScene;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
  });

  it('has shown a moment ago who they are, before rules of theirs make admins', async () => {
    const other = await app.member(the.scene.workspace, 'admin');
    await app.sql(`update sessions set authenticated_at = now() - interval '1 hour' where member_id = $1`, [
      other.memberId,
    ]);
    const rules = [group('ops', 'admin')];
    for (const call of [
      app.http(other.accessToken).put('/v1/role-mappings'),
      app.http(other.accessToken).post('/v1/role-mappings/preview'),
    ]) {
      expect((await call.send({ rules }).expect(401)).body.code).toBe('reauthentication_required');
    }
    await saveRules(app, other, [group('ops', 'editor')]);
  });

  it('by hand is named as whoever did so last', async () => {
    await the.signIn('ada');
    const { id } = await the.memberOf('ada');
    const other = await app.member(the.scene.workspace, 'admin');
    await the.asAdmin.patch(`/v1/members/${id}`).send({ role: 'editor' }).expect(200);
    await app.http(other.accessToken).patch(`/v1/members/${id}`).send({ role: 'viewer' }).expect(200);
    const { explanation } = await accessOf(app, the.admin, id);
    expect(explanation).toContain(`The role is viewer because ${other.email} set it by hand.`);
  });

  it('to somebody who is out makes no new admin before they are back', async () => {
    await the.signIn('ada', ['ops']);
    const { id } = await the.memberOf('ada');
    await the.asAdmin.delete(`/v1/members/${id}`).expect(204);
    await the.save(group('ops', 'admin'));
    expect(await the.events('auth.role_escalated')).toEqual([]);
    await the.asAdmin.post(`/v1/members/${id}/restore`).expect(200);
    expect(await the.roleOf('ada')).toBe('admin');
    expect(await the.events('auth.role_escalated')).toMatchObject([{ target_id: id }]);
  });
});
