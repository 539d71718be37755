import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const linesOf = (file: string): string[] => readFileSync(join(root, file), 'utf8').split('\n');
const copied = linesOf('Dockerfile')
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(' ').slice(1, -1));

describe('The container image', () => {
  it('is made of files that are here and that are let into its build', () => {
    const letIn = linesOf('.dockerignore').filter((line) => line.startsWith('!'));
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(letIn.map((line) => line.slice(1)).sort()).toEqual([...new Set(copied)].sort());
  });

  it('gets everything that a script of the package runs', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const served = ['keys', 'migrate', 'audit:rotate-key', 'audit:verify', 'review:verify', 'restored'];
    const run = [...served, 'secrets:rotate', 'secrets:wrap-key'].flatMap((name) =>
      [...scripts[name]!.matchAll(/node (\S+)/g)].map(([, file]) => file!.split('/')[0]!),
    );
    expect([...new Set(run)].filter((place) => place !== 'dist' && !copied.includes(place))).toEqual([]);
  });
});
