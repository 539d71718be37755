import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { freePort } from '../support/free-port';
import { describeWithInstalled } from '../support/installed';
import { LocalServer } from '../support/local-server';
import { Product } from '../support/product';
import { statusAt } from '../support/raw-request';

const NGINX = [{ name: 'nginx', file: '/usr/sbin/nginx' }];

/** The files of docs/gateways as they stand there, with nothing but addresses put in. */
describeWithInstalled('nginx before the product, as docs/gateways has it', NGINX, () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let viewer: TestPerson;
  let product: Product;
  let nginx: LocalServer;
  let directory: string;
  let gateway: string;

  beforeAll(async () => {
    app = await startApp({ RATE_LIMITS: 'on' });
    workspace = await app.workspace();
    viewer = await app.member(workspace, 'viewer');
    product = await Product.start();
    await startNginx(app.config.port, product.port);
  });
  afterAll(async () => {
    await nginx?.stop();
    if (directory) rmSync(directory, { recursive: true, force: true });
    product?.close();
    await app?.close();
  });

  async function startNginx(gatehousePort: number, productPort: number, closed = 401): Promise<void> {
    directory = LocalServer.directory('nginx-gateway');
    const port = await freePort();
    gateway = `http://127.0.0.1:${port}`;
    const headers = join(directory, 'gatehouse-headers.conf');
    writeFileSync(headers, readFileSync('docs/gateways/gatehouse-headers.conf'));
    const configuration = readFileSync('docs/gateways/nginx.conf', 'utf8');
    const put = [
      ['server 127.0.0.1:3000;', `server 127.0.0.1:${gatehousePort};`],
      ['server 127.0.0.1:8080;', `server 127.0.0.1:${productPort};`],
      ['listen 127.0.0.1:8000;', `listen 127.0.0.1:${port};`],
      ['/etc/nginx/gatehouse-headers.conf', headers],
    ].reduce((text, [from, to]) => {
      expect(text).toContain(from);
      return text.replaceAll(from!, to!);
    }, configuration);
    writeFileSync(join(directory, 'gatehouse.conf'), put);
    for (const kind of ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(directory, kind));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${join(directory, kind)};`)
      .join('\n');
    writeFileSync(
      join(directory, 'nginx.conf'),
      `daemon off; pid ${join(directory, 'nginx.pid')}; error_log stderr; events {}
       http { access_log off; ${paths} include ${join(directory, 'gatehouse.conf')}; }`,
    );
    const command = ['/usr/sbin/nginx', '-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')];
    nginx = new LocalServer(command, directory, {});
    await nginx.answersAt(`${gateway}/`, closed);
  }

  const through = (headers: Record<string, string> = {}) => request.agent(gateway).set(headers);
  const as = ({ accessToken }: TestPerson) => through({ authorization: `Bearer ${accessToken}` });
  const keyWith = async (scopes: string[], more: object = {}) => {
    const { body } = await app
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'gateway', scopes, ...more })
      .expect(201);
    return body as { id: string; key: string };
  };

  it('tells the product who is asking, and leaves the credential behind', async () => {
    const { text } = await as(viewer).get('/anything?x=1').expect(200);
    expect(text).toBe('the product');
    const { headers, url } = product.latest;
    expect(url).toBe('/anything?x=1');
    expect(headers).toMatchObject({
      'x-workspace-id': workspace.id,
      'x-principal': `user:${viewer.userId}`,
      'x-role': 'viewer',
    });
    expect(headers).not.toHaveProperty('authorization');
  });

  it('lets no client say who it is', async () => {
    const claims = { 'x-workspace-id': 'w', 'x-principal': 'user:root', 'x-role': 'admin', X_Role: 'admin' };
    await as(viewer).get('/').set(claims).expect(200);
    const { headers } = product.latest;
    expect(headers['x-principal']).toBe(`user:${viewer.userId}`);
    expect(headers['x-role']).toBe('viewer');
    expect(JSON.stringify(headers)).not.toMatch(/root|admin/);
  });

  it('hands bodies on, and asks without them', async () => {
    await as(workspace.admin).post('/runs').send({ name: 'x' }).expect(200);
    expect(product.latest).toMatchObject({ method: 'POST', body: '{"name":"x"}' });
  });

  it('refuses who shows nothing, something bad, or two things: 401, and the product hears of none', async () => {
    const before = product.arrived.length;
    for (const headers of [{}, { authorization: 'Bearer nonsense' }, { 'x-api-key': 'gh_x' }]) {
      const { status, headers: answered } = await through(headers as Record<string, string>).get('/runs');
      expect(status).toBe(401);
      expect(answered['www-authenticate']).toMatch(/^Bearer/);
    }
    await as(viewer).get('/').set('x-api-key', 'gh_x').expect(401);
    await through().get('/_gatehouse').expect(404);
    expect(product.arrived).toHaveLength(before);
  });

  it('refuses who may not: 403', async () => {
    await as(viewer).get('/runs/1').expect(200);
    const before = product.arrived.length;
    await as(viewer).post('/runs/1').expect(403);
    await as(viewer).delete('/runs/1').expect(403);
    expect(product.arrived).toHaveLength(before);
    await as(workspace.admin).delete('/runs/1').expect(200);
  });

  it('takes API keys by their scopes, and no longer once they are revoked', async () => {
    const { id, key } = await keyWith(['runs:read']);
    const program = through({ 'x-api-key': key });
    await program.get('/runs').expect(200);
    expect(product.latest.headers).toMatchObject({ 'x-principal': `api_key:${id}`, 'x-role': 'none' });
    expect(product.latest.headers).not.toHaveProperty('x-api-key');
    await program.post('/runs').expect(403);
    await app.http(workspace.admin.accessToken).delete(`/v1/api-keys/${id}`).expect(204);
    await program.get('/runs').expect(401);
  });

  it('refuses at the very next request who lost their role or their place', async () => {
    const editor = await app.member(workspace, 'editor');
    const admin = app.http(workspace.admin.accessToken);
    await as(editor).post('/runs').expect(200);
    await admin.patch(`/v1/members/${editor.memberId}`).send({ role: 'viewer' }).expect(200);
    await as(editor).post('/runs').expect(403);
    await admin.delete(`/v1/members/${editor.memberId}`).expect(204);
    await as(editor).get('/').expect(401);
  });

  it('asks for the permission however the path is written', async () => {
    const before = product.arrived.length;
    const headers = { authorization: `Bearer ${viewer.accessToken}` };
    for (const path of ['/RUNS/1', '//runs/1', '/x/../runs', '/%72uns', '/x/%2e%2e%2fruns', '/runs;x=1'])
      expect([path, await statusAt(gateway, path, { method: 'POST', headers })]).toEqual([path, 403]);
    expect(product.arrived).toHaveLength(before);
  });

  it('says to whoever asks too often when to come again', async () => {
    const { key } = await keyWith(['runs:read'], { rateLimit: { requests: 1, seconds: 60 } });
    const program = through({ 'x-api-key': key });
    await program.get('/runs').expect(200);
    const { headers } = await program.get('/runs').expect(429);
    expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
  });

  it('lets nobody in while Gatehouse does not answer', async () => {
    await nginx.stop();
    rmSync(directory, { recursive: true, force: true });
    await startNginx(await freePort(), product.port, 503);
    const before = product.arrived.length;
    await as(workspace.admin).get('/').expect(503);
    expect(product.arrived).toHaveLength(before);
  });
});
