import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Browser } from '../support/browser';
import { driveLogin } from '../support/idp-processes';
import { ServiceProcess } from '../support/service-process';

describe('The demo', () => {
  let dataDir: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-demo-'));
    service = await ServiceProcess.with({ DATA_DIR: dataDir, DEMO: '1' });
    await service.start();
  }, 120_000);

  afterAll(async () => {
    await service?.end('SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('is there as soon as the service says that it is ready', async () => {
    const { data } = await get('/v1/sso/connections');
    expect(data).toHaveLength(2);
  });

  it('says what to open and what to type', async () => {
    await introduced();
    expect(service.output).toContain(`${service.baseUrl}/login`);
    expect(service.output).toContain('admin@acme.test / gatehouse-demo');
    expect(service.output).toMatch(/Bearer ghs_/);
    expect(service.output).toMatch(/Listening on [^]*Ctrl-C stops it/);
  });

  it.each([
    ['ada@acme.test', 'oidc'],
    ['grace@acme.test', 'saml'],
  ])('lets %s in through the %s provider, as a viewer', async (email, type) => {
    const page = await driveLogin(new Browser(), loginUrl(type), email);
    expect(page.url.href).toBe(`${service.baseUrl}/console`);
    expect(page.text).toContain(email);
    expect(page.text).toContain('viewer');
  });

  it('sends a company address from the sign-in page to the provider, which already knows who is meant', async () => {
    const browser = new Browser();
    const page = await (await browser.open(`${service.baseUrl}/login`)).submit({ email: 'alan@acme.test' });
    expect(page.text.indexOf('alan@acme.test')).toBeLessThan(page.text.indexOf('ada@acme.test'));
    expect((await page.submit({ email: 'alan@acme.test' })).url.pathname).toBe('/console');
  });

  it.each(['oidc', 'saml'])('turns away somebody from elsewhere at the %s provider', async (type) => {
    const page = await driveLogin(new Browser(), loginUrl(type), 'mallory@elsewhere.test');
    expect(page.status).toBe(403);
    expect(page.text).toContain('email_domain_not_verified');
  });

  it('says in the audit log that it vouched for the domain', async () => {
    const { data } = await get('/v1/audit-events?type=domain.verified');
    expect(data[0]).toMatchObject({
      actor: { type: 'system' },
      data: { domain: 'acme.test', proof: expect.stringContaining('demo') },
    });
  });

  it('opens its directory to the token it prints', async () => {
    const [, token] = /Bearer (ghs_\S+)/.exec(service.output)!;
    const answer = await fetch(`${service.baseUrl}/scim/v2/Users`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
  });

  it('lets the keys be looked at by a command that is told of no database', async () => {
    const command = [
      '--require',
      './test/support/run-typescript.cjs',
      'src/commands/signing-keys.cli.ts',
      'list',
    ];
    const list = (DATA_DIR: string) => {
      const { DATABASE_URL: _, ...env } = process.env;
      return promisify(execFile)(process.execPath, command, {
        cwd: join(__dirname, '../..'),
        env: { ...env, NODE_ENV: 'test', DATA_DIR },
      });
    };
    expect((await list(dataDir)).stdout).toMatch(/^\S+ {2}in use/);
    await expect(list(join(dataDir, 'nothing'))).rejects.toThrow('DATABASE_URL names the database');
  });

  it('is found again after a kill -9, with everything in it', async () => {
    const before = service.output;
    await service.end('SIGKILL');
    await start();
    expect(loginUrl('oidc')).toBe(/\S+\/sso\/oidc\/\S+/.exec(before)![0]);
    const page = await driveLogin(new Browser(), loginUrl('saml'), 'grace@acme.test');
    expect(page.url.pathname).toBe('/console');
    const { data } = await get('/v1/members');
    expect(data).toHaveLength(4);
  }, 120_000);

  it('ends its providers with the service, however that ends', async () => {
    const provider = new URL((await new Browser().open(loginUrl('oidc'))).url).origin;
    await service.end('SIGKILL');
    await expect(untilUnreachable(provider)).resolves.toBeUndefined();
    await start();
  }, 120_000);

  it('refuses to run in production', async () => {
    const production = await ServiceProcess.with({ DATA_DIR: dataDir, NODE_ENV: 'production', DEMO: '1' });
    await expect(production.start()).rejects.toThrow('DEMO must not be set with NODE_ENV=production.');
  });

  async function start(): Promise<void> {
    service.output = '';
    await service.start();
    await introduced();
  }

  async function introduced(): Promise<void> {
    await until(() => service.output.includes('Ctrl-C stops it'));
  }

  function loginUrl(type: string): string {
    return new RegExp(`\\S+/sso/${type}/\\S+`).exec(service.output)![0];
  }

  async function get(path: string): Promise<{ data: unknown[] }> {
    const body = JSON.stringify({ email: 'admin@acme.test', password: 'gatehouse-demo' });
    const headers = { 'content-type': 'application/json' };
    const login = await fetch(`${service.baseUrl}/v1/auth/login`, { method: 'POST', headers, body });
    const { accessToken } = (await login.json()) as { accessToken: string };
    const answer = await fetch(service.baseUrl + path, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return (await answer.json()) as { data: unknown[] };
  }
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function untilUnreachable(origin: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const reached = await fetch(origin).then(
      () => true,
      () => false,
    );
    if (!reached) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${origin} still answers.`);
}
