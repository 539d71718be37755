import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');
/** Stands in for the compiler, which takes most of a minute: counts how often it was called. */
const COMPILER = `
  const { appendFileSync, mkdirSync, rmSync, writeFileSync } = require('node:fs');
  appendFileSync('builds', 'built\\n');
  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist/src', { recursive: true });
  writeFileSync('dist/src/main.js', '');
`;

describe('dist/', () => {
  let project: string;
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };

  /** Runs what a script of the package runs; of a command that builds first, that part. */
  function run(name: string): void {
    const [program, ...args] = scripts[name]!.split(' && ')[0]!.split(' ');
    const { status } = spawnSync(program!, args, { cwd: project, stdio: 'ignore' });
    expect({ name, status }).toEqual({ name, status: 0 });
  }

  const builds = (): number => readFileSync(join(project, 'builds'), 'utf8').trim().split('\n').length;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'build-'));
    const cli = join(project, 'node_modules/@nestjs/cli/bin');
    for (const folder of [cli, join(project, 'src'), join(project, 'migrations')])
      mkdirSync(folder, { recursive: true });
    cpSync(join(root, 'scripts/build-when-stale.mjs'), join(project, 'scripts/build-when-stale.mjs'));
    writeFileSync(join(cli, 'nest.js'), COMPILER);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ scripts }));
    writeFileSync(join(project, 'src/main.ts'), '');
  });

  afterEach(() => rmSync(project, { recursive: true, force: true }));

  it('is left alone by the commands that follow a build: a service may be running from it', () => {
    run('build');
    for (const command of ['prestart', 'migrate', 'keys', 'secrets:rotate']) run(command);
    expect(builds()).toBe(1);
  });

  it('is built once by the commands themselves, and again after a change', () => {
    run('prestart');
    run('migrate');
    expect(builds()).toBe(1);
    const later = Date.now() / 1000 + 60;
    utimesSync(join(project, 'src/main.ts'), later, later);
    run('migrate');
    expect(builds()).toBe(2);
  });

  it('is built anew by whoever asks for that', () => {
    run('build');
    run('build');
    expect(builds()).toBe(2);
  });
});
