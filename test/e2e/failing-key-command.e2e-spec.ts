import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startApp, type TestApp } from '../support/app';

const ROOT = join(__dirname, '../..');

describe('A key management service that does not open ENCRYPTION_KEY', () => {
  let service: TestApp;
  let environment: Record<string, string | undefined>;

  beforeAll(async () => {
    service = await startApp();
    // A backup without workspaces is refused before.
    await service.workspace();
    const program = join(service.dataDir, 'kms');
    writeFileSync(program, '#!/bin/sh\necho "there is no such key" >&2\nexit 3\n', { mode: 0o700 });
    environment = {
      ...{ PATH: process.env.PATH, NODE_ENV: 'test', DEMO: '0' },
      ...{ DATABASE_URL: service.databaseUrl, DATA_DIR: service.dataDir },
      ...{ ENCRYPTION_KEY: 'what it wrapped', ENCRYPTION_KEY_COMMAND: program },
    };
  });
  afterAll(() => service?.close());

  it.each([
    ['the service', ['src/main.ts']],
    ['npm run secrets:rotate', ['src/commands/rotate-secrets.cli.ts']],
    ['npm run audit:rotate-key', ['src/commands/rotate-audit-key.cli.ts']],
    ['npm run keys -- rotate', ['src/commands/signing-keys.cli.ts', 'rotate']],
    ['npm run restored', ['src/commands/restored.cli.ts']],
  ])(
    'is one sentence of %s, and nothing was done',
    async (_, words) => {
      const all = ['--require', './test/support/run-typescript.cjs', ...words];
      const failure: unknown = await promisify(execFile)(process.execPath, all, {
        cwd: ROOT,
        env: environment,
      }).catch((ended: unknown) => ended);
      expect(failure).toMatchObject({
        ...{ code: 1, stdout: '' },
        stderr: `ENCRYPTION_KEY_COMMAND failed: ${environment.ENCRYPTION_KEY_COMMAND} unwrap ended with 3. there is no such key\n`,
      });
    },
    120_000,
  );
});
