import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

/** What a command answers where it can do nothing: no database is there, and no program that wraps keys. */
async function call(
  file: string,
  ...given: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const sources = ['--require', './test/support/run-typescript.cjs'];
  const words = file.endsWith('.ts') ? [...sources, file, ...given] : [file, ...given];
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
    ['migrate', 'src/commands/migrate.cli.ts'],
    ['secrets:wrap-key', 'src/commands/wrap-key.cli.ts'],
    ['secrets:rotate', 'src/commands/rotate-secrets.cli.ts'],
    ['keys', 'src/commands/signing-keys.cli.ts'],
    ['audit:rotate-key', 'src/commands/rotate-audit-key.cli.ts'],
    ['restored', 'src/commands/restored.cli.ts'],
    ['audit:verify', 'scripts/audit-verify.mjs'],
    ['review:verify', 'scripts/access-review-verify.mjs'],
  ])('npm run %s says what it is for, and does nothing that it was not asked for', async (name, file) => {
    const usage: unknown = expect.stringMatching(new RegExp(`^(Usage: )?npm run ${name}\\b[^\n]+\n$`));
    const [helped, mistyped] = await Promise.all([call(file, '--help'), call(file, '--halp')]);
    expect(helped).toEqual({ code: 0, stdout: usage, stderr: '' });
    expect(mistyped).toEqual({ code: 2, stdout: '', stderr: usage });
  });

  it.each([
    ['scripts/audit-verify.mjs', ['/nowhere'], '/nowhere cannot be read: ENOENT.'],
    ['scripts/audit-verify.mjs', ['/'], 'What was named cannot be read: EISDIR.'],
    [
      'scripts/audit-verify.mjs',
      ['package.json', '--checkpoint', '/nowhere'],
      '/nowhere cannot be read: ENOENT.',
    ],
    [
      'scripts/audit-verify.mjs',
      ['package.json', '--checkpoint', 'tsconfig.json'],
      'tsconfig.json: line 1 is no checkpoint.',
    ],
    ['scripts/access-review-verify.mjs', ['/nowhere'], '/nowhere cannot be read: ENOENT.'],
  ])('%s %j says what cannot be read, and gives no verdict', async (file, words, sentence) => {
    expect(await call(file, ...words)).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` });
  });

  it.each([
    ['scripts/audit-verify.mjs', /^NOT VALID\. line 1: this is not JSON\.\n$/],
    ['scripts/access-review-verify.mjs', /^WRONG\. [^\n]+\n$/],
  ])('%s calls a file wrong that holds something else', async (file, verdict) => {
    const wrong = { code: 1, stdout: '', stderr: expect.stringMatching(verdict) as unknown };
    expect(await call(file, 'package.json')).toEqual(wrong);
  });

  it.each([
    ['/nowhere', 'ENOENT'],
    ['package.json', 'it is no array of strings'],
  ])('no list of passwords is made of %s', async (list, reason) => {
    const stderr = `${list} is no list of passwords: ${reason}.\n`;
    expect(await call('scripts/build-password-list.mjs', list)).toEqual({ code: 2, stdout: '', stderr });
  });
});
