import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

/** What a command answers where it can do nothing: no database is there, and no program that wraps keys. */
async function call(file: string, word: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const sources = ['--require', './test/support/run-typescript.cjs'];
  const words = file.endsWith('.ts') ? [...sources, file, word] : [file, word];
  const env = { PATH: process.env.PATH, NODE_ENV: 'test' };
  return promisify(execFile)(process.execPath, words, { cwd: ROOT, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );
}

describe('The commands of operators', () => {
  it.each([
    ['migrate', 'src/database/migrate.cli.ts'],
    ['secrets:wrap-key', 'src/crypto/wrap-key.cli.ts'],
    ['secrets:rotate', 'src/rotate-secrets.cli.ts'],
    ['audit:rotate-key', 'src/rotate-audit-key.cli.ts'],
    ['restored', 'src/restored.cli.ts'],
    ['audit:verify', 'scripts/audit-verify.mjs'],
    ['review:verify', 'scripts/access-review-verify.mjs'],
  ])('npm run %s says what it is for, and does nothing that it was not asked for', async (name, file) => {
    const usage: unknown = expect.stringMatching(new RegExp(`^(Usage: )?npm run ${name}\\b[^\n]+\n$`));
    const [helped, mistyped] = await Promise.all([call(file, '--help'), call(file, '--halp')]);
    expect(helped).toEqual({ code: 0, stdout: usage, stderr: '' });
    expect(mistyped).toEqual({ code: 2, stdout: '', stderr: usage });
  });

  it.each([
    ['scripts/audit-verify.mjs', '/nowhere'],
    ['scripts/audit-verify.mjs', '/'],
    ['scripts/access-review-verify.mjs', '/nowhere'],
  ])('%s says in one sentence that %s cannot be read', async (file, path) => {
    const { code, stderr } = await call(file, path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^(NOT VALID|WRONG)\. The file cannot be read: E[^\n]+\n$/);
  });
});
