import { Client } from 'pg';
import type { Response } from 'supertest';
import { BackchannelLogout } from '../../../src/auth/oidc/backchannel-logout.service';
import { OidcScene } from '../../support/oidc-sign-in';
import { headerOf, signedToken } from '../../support/oidc-tokens';

/** Each holds what the other needs, unless both take it in one order. */
describe('A provider that signs somebody out while its connection is deleted', () => {
  let scene: OidcScene;
  let client: Client;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene?.close());
  beforeEach(async () => {
    client = new Client({ connectionString: scene.app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client?.end());

  const answered = (response: Response): Response => response;

  it('does not wait for what waits for it', async () => {
    const there = await scene.another();
    const page = await there.signIn({
      claims: (claims) => ({ ...claims, sub: 'ada', email: 'ada@acme.test' }),
    });
    const code = page.url.searchParams.get('code');
    await scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    scene.idp.behave();
    // The deletion comes to the sessions when it holds whom the connection knows.
    await client.query('select 1 from sessions where connection_id = $1 for no key update', [
      there.connectionId,
    ]);
    const deleted = scene.app
      .http(scene.workspace.admin.accessToken)
      .delete(`/v1/sso/connections/${there.connectionId}`)
      .then(answered);
    await scene.app.waiting();
    const { key } = scene.idp;
    const token = signedToken(
      key,
      scene.idp.goodLogout({ sub: 'ada' }),
      headerOf(key, { typ: 'logout+jwt' }),
    );
    const told = scene.app.app
      .get(BackchannelLogout, { strict: false })
      .receive(there.connectionId, { logout_token: token })
      .catch((failure: { driverError?: { code: string } }) => failure.driverError?.code);
    await scene.app.waiting(2);
    await client.query('commit');
    expect((await deleted).status).toBe(204);
    // By a foreign key it finds that the connection is gone; a deadlock would be 40P01.
    expect(await told).toBe('23503');
  });
});
