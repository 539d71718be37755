import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { ApiKeyUse } from '../../src/api-keys/usage/api-key-use';
import { startApp, TestApp, type TestWorkspace } from '../support/app';
import { SilentProxy } from '../support/silent-proxy';

/** The database has written, and nobody hears of it. */
describe('Calls of an API key, when the connection breaks while they are written', () => {
  let service: TestApp;
  let behind: TestApp;
  let proxy: SilentProxy;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
    proxy = await SilentProxy.before(service.databaseUrl);
    behind = await startApp(
      { PUBLIC_URL: service.baseUrl, DATABASE_POOL_SIZE: '1' },
      Object.assign(Object.create(service) as TestApp, { databaseUrl: proxy.url }),
    );
    workspace = await service.workspace();
  });
  afterAll(async () => {
    await behind?.close();
    proxy?.close();
    await service?.close();
  });

  it('are not counted twice, and the latest is known all the same', async () => {
    const asAdmin = service.http(workspace.admin.accessToken);
    const input = { name: 'k', scopes: ['members:read'] };
    const { id: keyId } = (await asAdmin.post('/v1/api-keys').send(input).expect(201)).body as { id: string };
    const uses = behind.app.get(ApiKeyUse);
    const use = (call: string): void =>
      uses.note({ workspaceId: workspace.id, keyId, ip: '192.0.2.7', call });
    const written = async () => {
      const [row] = await service.sql<{ calls: string; latest: string }>(
        `select u.calls, k.last_used_call as latest from api_keys k join api_key_usage u on u.key_id = k.id
          where k.id = $1`,
        [keyId],
      );
      return row;
    };
    // What is known on its connection leaves whole, with its COMMIT.
    for (const call of ['first', 'second']) {
      use(call);
      await uses.flush();
    }

    const holder = new Client({ connectionString: service.databaseUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select 1 from api_keys where id = $1 for update', [keyId]);
    use('third');
    const writing = uses.flush();
    await service.waiting();
    proxy.fallSilent();
    await holder.query('commit');
    await holder.end();
    while ((await written())?.calls !== '3') await setTimeout(20);
    use('fourth');
    await proxy.goDown();
    proxy.speakAgain();
    proxy.comeUp();
    await writing;
    await uses.flush();
    expect(await written()).toEqual({ calls: '4', latest: 'fourth' });
  });
});
