import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { freePort } from '../support/free-port';
import { describeWithInstalled } from '../support/installed';
import { LocalServer } from '../support/local-server';
import { Product } from '../support/product';
import { statusAt } from '../support/raw-request';

const CADDY = [{ name: 'caddy', file: '/usr/bin/caddy' }];

/** The file of docs/gateways as it stands there, with nothing but addresses put in. */
describeWithInstalled('Caddy before the product, as docs/gateways has it', CADDY, () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let viewer: TestPerson;
  let product: Product;
  let caddy: LocalServer;
  let directory: string;
  let gateway: string;

  beforeAll(async () => {
    app = await startApp({ RATE_LIMITS: 'on' });
    workspace = await app.workspace();
    viewer = await app.member(workspace, 'viewer');
    product = await Product.start();
    await startCaddy(app.config.port);
  });
  afterAll(async () => {
    await caddy?.stop();
    if (directory) rmSync(directory, { recursive: true, force: true });
    product?.close();
    await app?.close();
  });

  async function startCaddy(gatehousePort: number, closed = 401): Promise<void> {
    directory = LocalServer.directory('caddy-gateway');
    const port = await freePort();
    gateway = `http://127.0.0.1:${port}`;
    const put = [
      ['127.0.0.1:3000', `127.0.0.1:${gatehousePort}`],
      ['127.0.0.1:8080', `127.0.0.1:${product.port}`],
      ['http://:8000 {', `http://:${port} {`],
    ].reduce(
      (text, [from, to]) => {
        expect(text).toContain(from);
        return text.replaceAll(from!, to!);
      },
      readFileSync('docs/gateways/Caddyfile', 'utf8'),
    );
    const file = join(directory, 'Caddyfile');
    writeFileSync(file, `{\n\tadmin off\n}\n${put}`);
    const command = ['/usr/bin/caddy', 'run', '--config', file, '--adapter', 'caddyfile'];
    caddy = new LocalServer(command, directory, {});
    await caddy.answersAt(`${gateway}/`, closed);
  }

  const through = (headers: Record<string, string> = {}) => request.agent(gateway).set(headers);
  const as = ({ accessToken }: TestPerson) => through({ authorization: `Bearer ${accessToken}` });
  const keyWith = async (more: object) => {
    const { body } = await app
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'gateway', ...more })
      .expect(201);
    return (body as { key: string }).key;
  };

  it('tells the product who is asking, and leaves the credential behind', async () => {
    await as(viewer).get('/anything?permission=x&x=1').expect(200, 'the product');
    expect(product.latest.url).toBe('/anything?permission=x&x=1');
    expect(product.latest.headers).toMatchObject({
      'x-workspace-id': workspace.id,
      'x-principal': `user:${viewer.userId}`,
      'x-role': 'viewer',
    });
    expect(product.latest.headers).not.toHaveProperty('authorization');
  });

  it('lets no client say who it is, nor keep the product from hearing of it', async () => {
    const claims = {
      'x-principal': 'user:root',
      'x-role': 'admin',
      X_Role: 'admin',
      'X-Workspace_Id': 'root',
    };
    await as(viewer)
      .get('/')
      .set({ ...claims, connection: 'close, X-Role, X-Principal, X-Workspace-Id' })
      .expect(200);
    const { headers } = product.latest;
    expect(headers).toMatchObject({
      'x-workspace-id': workspace.id,
      'x-principal': `user:${viewer.userId}`,
      'x-role': 'viewer',
    });
    expect(JSON.stringify(headers)).not.toMatch(/root|admin/);
  });

  it('hands bodies on, and asks without them', async () => {
    await as(workspace.admin)
      .post('/runs')
      .send({ name: 'x'.repeat(300_000) })
      .expect(200);
    expect(product.latest).toMatchObject({ method: 'POST', body: `{"name":"${'x'.repeat(300_000)}"}` });
  });

  it('refuses who shows nothing, something bad, or may not, and the product hears of none', async () => {
    const before = product.arrived.length;
    const { headers } = await through().get('/').expect(401);
    expect(headers['www-authenticate']).toMatch(/^Bearer/);
    await through({ 'x-api-key': 'gh_x' }).get('/runs').expect(401);
    await as(viewer).get('/').set('x-api-key', 'gh_x').expect(400);
    await as(viewer).delete('/runs/1').expect(403);
    expect(product.arrived).toHaveLength(before);
    await as(viewer).get('/runs/1').expect(200);
    await as(workspace.admin).delete('/runs/1').expect(200);
  });

  it('asks for the permission however the path is written', async () => {
    const before = product.arrived.length;
    const headers = { authorization: `Bearer ${viewer.accessToken}` };
    for (const path of ['/RUNS/1', '//runs/1', '/x/../runs', '/%72uns', '/x/%2e%2e%2fruns', '/runs;x=1'])
      expect([path, await statusAt(gateway, path, { method: 'POST', headers })]).toEqual([path, 403]);
    expect(product.arrived).toHaveLength(before);
  });

  it('says to whoever asks too often when to come again', async () => {
    const key = await keyWith({ scopes: ['runs:read'], rateLimit: { requests: 1, seconds: 60 } });
    const program = through({ 'x-api-key': key });
    await program.get('/runs').expect(200);
    const { headers } = await program.get('/runs').expect(429);
    expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
  });

  it('lets nobody in while Gatehouse does not answer', async () => {
    await caddy.stop();
    rmSync(directory, { recursive: true, force: true });
    await startCaddy(await freePort(), 502);
    const before = product.arrived.length;
    await as(workspace.admin).get('/').expect(502);
    expect(product.arrived).toHaveLength(before);
  });
});
