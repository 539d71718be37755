import { startApp, type TestApp } from '../support/app';
import { loginOf, refused } from '../support/federated-sign-in';
import { group, MappingScene } from '../support/role-mapping';

describe('The policy for newcomers', () => {
  let app: TestApp;
  let the: MappingScene;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    the = await MappingScene.start(app);
  });

  it('refuses whom no rule matches, when a mapping is demanded; members stay', async () => {
    await the.signIn('bob', []);
    await the.jit({ requireMapping: true }).expect(200);
    await the.save(group('ops', 'viewer'));
    await expect(the.signIn('ada', ['other'])).rejects.toEqual(refused('jit_no_mapping', 403));
    await expect(the.signIn('ada')).rejects.toEqual(refused('jit_no_mapping', 403));
    await the.signIn('ada', ['ops']);
    await the.signIn('bob', []);
  });

  it('lets only addresses of the allowed domains in, which must be verified', async () => {
    const { body } = await the.jit({ allowedDomains: ['elsewhere.example'] }).expect(400);
    expect(body.errors[0].field).toBe('sso.jit.allowedDomains');
    const other = `other-${the.scene.domain}`;
    await app.sql(
      `insert into domains (workspace_id, domain, token, status, verified_at) values ($1, $2, 't', 'verified', now())`,
      [the.scene.workspace.id, other],
    );
    const changed = await the.jit({ allowedDomains: [` ${other.toUpperCase()}`] }).expect(200);
    expect(changed.body.sso.jit).toEqual({
      enabled: true,
      defaultRole: 'viewer',
      allowedDomains: [other],
      requireMapping: false,
    });
    await expect(the.signIn('ada')).rejects.toEqual(refused('jit_domain_not_allowed', 403));
    await the.idp.signIn(the.scene, loginOf('ada', `ada@${other}`));
  });

  it('keeps out whoever left, whatever the rules say', async () => {
    await the.save(group('ops', 'admin'));
    await the.signIn('ada', []);
    const { id } = await the.memberOf('ada');
    await the.asAdmin.delete(`/v1/members/${id}`).expect(204);
    await expect(the.signIn('ada', ['ops'])).rejects.toEqual(refused('member_removed', 403));
  });
});
