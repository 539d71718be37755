import { Database } from '../../src/database/database';
import { OidcScene } from '../support/oidc-sign-in';
import { textOf } from '../support/statements';

/** Two whole portions and a part of a third. */
const ROWS = 11_000;

describe('A connection by which strangers began very many sign-ins', () => {
  let scene: OidcScene;
  beforeAll(async () => {
    scene = await OidcScene.start();
  });
  afterAll(() => scene?.close());

  it('is deleted in portions that a statement has time for, with nothing of another one', async () => {
    const { app, workspace, connectionId } = scene;
    const admin = app.http(workspace.admin.accessToken);
    const { body: other } = await admin
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Another', provider: 'okta' })
      .expect(201);
    for (const [id, rows] of [
      [connectionId, ROWS],
      [other.id, 1],
    ] as const) {
      await app.sql(
        `with attempted as (
           insert into login_attempts (workspace_id, connection_id, kind, status, revision)
           select $1, $2, 'production', 'failed', 1 from generate_series(1, $3::int))
         insert into sign_in_requests (workspace_id, connection_id, browser_hash, nonce, sealed_code_verifier, expires_at)
         select $1, $2, 'b', 'n', 'v', now() from generate_series(1, $3::int)`,
        [workspace.id, id, rows],
      );
    }
    const said = jest.spyOn(Database.prototype, 'query');
    await admin.delete(`/v1/sso/connections/${connectionId}`).expect(204);
    for (const table of ['login_attempts', 'sign_in_requests']) {
      const deletes = said.mock.calls
        .map(([statement]) => textOf(statement))
        .filter((text) => text.includes(`delete from ${table} `));
      expect(deletes.map((text) => text.includes('limit 5000'))).toEqual([true, true, true]);
      expect(await app.sql(`select connection_id as id from ${table}`)).toEqual([{ id: other.id }]);
    }
    said.mockRestore();
  });
});
