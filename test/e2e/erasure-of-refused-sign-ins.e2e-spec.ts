import { OidcScene } from '../support/oidc-sign-in';
import { occurrencesOf } from '../support/text-search';

/** What came to nothing is on record as well, and says of whom it was, though nobody knows. */
describe('Erasing somebody whose sign-in was refused', () => {
  let scene: OidcScene;

  beforeAll(async () => {
    scene = await OidcScene.start();
  });
  afterAll(() => scene?.close());

  it('takes away what their provider said of them, though nobody knew whose account that is', async () => {
    const { app, workspace } = scene;
    const email = 'byronia@acme.test';
    const person = await app.member(workspace, 'viewer', { email });
    const page = await scene.signIn({
      claims: (c) => ({ ...c, sub: 'byronia-there', name: 'Byronia', email, email_verified: false }),
    });
    expect((await scene.refusal(page)).code).toBe('oidc_email_unverified');
    // Counted against the latest change of the connection, and guessed from this by whoever guesses who it was.
    await app.sql(`update login_attempts set witness = sha256('who') where connection_id = $1`, [
      scene.connectionId,
    ]);
    const attempts = () => occurrencesOf(app, 'byronia-there');
    expect(await attempts()).toEqual(expect.arrayContaining([expect.stringMatching(/^login_attempts/)]));
    const admin = app.http(workspace.admin.accessToken);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email }).expect(200);
    expect(await occurrencesOf(app, 'byronia')).toEqual([]);
    const [left] = await app.sql('select code, witness from login_attempts where connection_id = $1', [
      scene.connectionId,
    ]);
    expect(left).toEqual({ code: 'oidc_email_unverified', witness: null });
  });

  it('takes away what their provider said of them in words, without saying who they are', async () => {
    const { app, workspace } = scene;
    const email = 'wordsworth@acme.test';
    const person = await app.member(workspace, 'viewer', { email });
    const page = await scene.signIn({
      callback: (query) => {
        query.delete('code');
        query.set('error', 'access_denied');
        query.set('error_description', `AADSTS50105: The user '${email}' is not assigned.`);
      },
    });
    const { code, event } = await scene.refusal(page);
    expect([code, event.data.reason]).toEqual([
      'oidc_access_denied',
      "access_denied: AADSTS50105: The user '…' is not assigned.",
    ]);
    const attempts = await occurrencesOf(app, email);
    expect(attempts).toEqual(expect.arrayContaining([expect.stringMatching(/^login_attempts/)]));
    const admin = app.http(workspace.admin.accessToken);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email }).expect(200);
    expect(await occurrencesOf(app, 'wordsworth')).toEqual([]);
  });

  it('leaves what was said of somebody else, whose manager they are', async () => {
    const { app, workspace } = scene;
    const [boss, person] = [
      await app.member(workspace, 'viewer', { email: 'boss@acme.test' }),
      await app.member(workspace, 'viewer'),
    ];
    await app.sql(
      `insert into login_attempts (workspace_id, connection_id, kind, status, revision, member_id, subject, attributes)
       values ($1, $2, 'production', 'passed', 1, $3, 'theirs', '{"manager": ["Boss@acme.test"], "name": ["Ada"]}')`,
      [workspace.id, scene.connectionId, person.memberId],
    );
    const admin = app.http(workspace.admin.accessToken);
    const { body } = await admin.get(`/v1/members/${boss.memberId}/export`).expect(200);
    expect(body.loginAttempts).toEqual([]);
    await admin.post(`/v1/members/${boss.memberId}/erase`).send({ email: boss.email }).expect(200);
    const rows = await app.sql('select subject, attributes from login_attempts where member_id = $1', [
      person.memberId,
    ]);
    expect(rows).toEqual([{ subject: 'theirs', attributes: { manager: ['Boss@acme.test'], name: ['Ada'] } }]);
  });

  it.each([
    ['address', { email: 'BYRONIA@acme.test' }],
    ['name at the provider', { subject: 'Byronia|1' }],
  ])('takes away what was refused under their %s', async (_, whose: { email?: string; subject?: string }) => {
    const { app, workspace } = scene;
    const person = await app.member(workspace, 'viewer', { email: 'byronia@acme.test' });
    await app.sql(
      `insert into identities (workspace_id, member_id, connection_id, issuer, subject)
       values ($1, $2, $3, 'https://idp.test', 'Byronia|1')`,
      [workspace.id, person.memberId, scene.connectionId],
    );
    await app.sql(
      `insert into login_attempts (workspace_id, connection_id, kind, status, revision, email, subject, attributes, witness)
       values ($1, $2, 'production', 'failed', 1, $3, $4, '{"name": ["Byronia"]}', sha256('who'))`,
      [workspace.id, scene.connectionId, whose.email ?? null, whose.subject ?? null],
    );
    const admin = app.http(workspace.admin.accessToken);
    await admin.post(`/v1/members/${person.memberId}/erase`).send({ email: person.email }).expect(200);
    expect(await occurrencesOf(app, 'byronia')).toEqual([]);
    expect(await app.sql('select from login_attempts where witness is not null')).toEqual([]);
  });
});
