import { randomUUID } from 'node:crypto';
import { Database } from '../../src/database/database';
import { ConnectionLookUp } from '../../src/sso-connections/connection-look-up.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { certificateUntil } from '../support/provider-site';

describe('A connection, as sign-ins see it', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let certificate: string;
  let connections: ConnectionLookUp;

  beforeAll(async () => {
    app = await startApp();
    connections = app.app.get(ConnectionLookUp);
    certificate = await certificateUntil('2050');
  });
  beforeEach(async () => {
    acme = await app.workspace();
  });
  afterAll(() => app?.close());

  const admin = () => app.http(acme.admin.accessToken);

  async function create(name: string): Promise<string> {
    const saml = {
      entityId: 'https://idp.example',
      ssoUrl: 'https://idp.example/sso',
      certificates: [certificate],
    };
    const { body } = await admin().post('/v1/sso/connections').send({ type: 'saml', name, saml }).expect(201);
    return body.id;
  }
  const activate = (id: string) =>
    admin().post(`/v1/sso/connections/${id}/activate`).send({ untested: true }).expect(200);
  const active = () => app.app.get(Database).inWorkspace(acme.id, () => connections.findActiveForWorkspace());

  it('is read in one round trip once its secret is known, and is never stale', async () => {
    const id = await create('Acme');
    await activate(id);
    await connections.findForSignIn(id);

    const database = app.app.get(Database);
    const [lookUps, transactions] = [jest.spyOn(database, 'lookUp'), jest.spyOn(database, 'inWorkspace')];
    expect(await connections.findForSignIn(id)).toMatchObject({ id, workspaceId: acme.id, name: 'Acme' });
    expect([lookUps.mock.calls.length, transactions.mock.calls.length]).toEqual([1, 0]);
    jest.restoreAllMocks();

    await admin().patch(`/v1/sso/connections/${id}`).send({ name: 'Acme 2' }).expect(200);
    expect(await connections.findForSignIn(id)).toMatchObject({ name: 'Acme 2' });
    await admin().post(`/v1/sso/connections/${id}/disable`).expect(200);
    await expect(connections.findForSignIn(id)).rejects.toMatchObject({ status: 404 });
  });

  it('is found by nobody while it is unknown, no id, or a draft; its set-up is found as a draft', async () => {
    const draft = await create('Acme');
    const refusals = await Promise.all(
      [randomUUID(), 'not-an-id', draft].map((id) =>
        connections.findForSignIn(id).catch((error: Error) => error),
      ),
    );
    expect(refusals.map((error) => (error as Error).message)).toEqual(
      Array(3).fill('not_found: Connection not found.'),
    );
    expect(await connections.findForSetUp(draft)).toMatchObject({ status: 'draft' });
  });

  it('answers for its workspace once it is active, the oldest first', async () => {
    const [first, second] = [await create('First'), await create('Second')];
    expect(await active()).toBeUndefined();
    await activate(second);
    expect(await active()).toEqual({ id: second, name: 'Second', type: 'saml' });
    await activate(first);
    expect(await active()).toEqual({ id: first, name: 'First', type: 'saml' });
  });

  it('is read from inside its workspace only: the look-up leaves none behind on its database connection', async () => {
    const id = await create('Acme');
    await activate(id);
    const database = app.app.get(Database);
    await Promise.all(Array.from({ length: 20 }, () => connections.findForSignIn(id)));
    const left = await Promise.all(
      Array.from({ length: 20 }, () =>
        database.lookUp<{ count: string }>('count_connections', 'select count(*) from sso_connections', []),
      ),
    );
    expect(left.flat().every(({ count }) => count === '0')).toBe(true);
  });
});
