import { startApp, type TestApp } from '../support/app';
import { loginOf } from '../support/federated-sign-in';
import { department, group, MappingScene } from '../support/role-mapping';

describe('Rules about the groups of somebody who has several accounts at one provider', () => {
  let app: TestApp;
  let the: MappingScene;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
    await the.save(group('admins', 'admin'), group('editors', 'editor'));
  });

  /** The same person, by their address, whom the provider calls so. */
  const comes = (subject: string, said: object) =>
    the.idp.signIn(the.scene, loginOf(subject, the.emailOf('ada'), said));
  const role = () => the.roleOf('ada');

  it('count those of the account they came by last: an old NameID holds on to no role', async () => {
    await comes('before', { groups: ['admins'] });
    expect(await role()).toBe('admin');
    await comes('after', { groups: ['editors'] });
    expect(await role()).toBe('editor');
    await comes('after', { groups: ['editors'] });
    expect(await role()).toBe('editor');
    expect(await the.preview([group('admins', 'admin')])).toMatchObject({
      changes: [{ before: { role: 'editor' }, after: { role: 'viewer' } }],
    });
  });

  it('are none when the provider names none of the new one, and those of before when it has too many', async () => {
    await comes('before', { groups: ['admins'] });
    await comes('after', { groupsOverage: true });
    expect(await role()).toBe('admin');
    await comes('after', {});
    expect(await role()).toBe('viewer');
  });

  it('follow whoever changes between two accounts', async () => {
    await comes('daily', { groups: ['editors'] });
    await comes('privileged', { groups: ['admins'] });
    expect(await role()).toBe('admin');
    await comes('daily', { groups: ['editors'] });
    expect(await role()).toBe('editor');
    await comes('privileged', { groups: ['admins'] });
    expect(await role()).toBe('admin');
  });

  it('count beside those of another provider', async () => {
    const other = await the.idp.connect(the.scene.workspace);
    await comes('here', { groups: ['admins'] });
    await the.idp.signIn(
      { connection: other },
      loginOf('there', the.emailOf('ada'), { groups: ['editors'] }),
    );
    expect(await role()).toBe('admin');
    await comes('here', { groups: [] });
    expect(await role()).toBe('editor');
  });

  it('count the department that the provider they came by last named', async () => {
    await the.save(department('Board', 'editor'));
    const other = await the.idp.connect(the.scene.workspace);
    await comes('here', { department: 'Board' });
    expect(await role()).toBe('editor');
    await the.idp.signIn(
      { connection: other },
      loginOf('there', the.emailOf('ada'), { department: 'Sales' }),
    );
    expect(await role()).toBe('viewer');
    await comes('here', { department: 'Board' });
    expect(await role()).toBe('editor');
  });
});
