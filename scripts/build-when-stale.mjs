// Builds dist/ when a source file is newer than the last build; otherwise costs a few milliseconds.
// Runs before `npm start`, so that a fresh clone needs no separate build step. With --anew, as in `npm run build`, it
// builds in any case. All builds come through here: one that left no stamp would be done again by the next command,
// and a build takes dist/ away from a service that runs from it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (path) => join(root, path);
const stamp = at('dist/.built');
const lock = at('node_modules/.building-dist');
const cli = at('node_modules/@nestjs/cli/bin/nest.js');

// An image without development dependencies brings its dist/ along.
const cannotBuild = existsSync(at('dist/src/main.js')) && !existsSync(cli);
const isWanted = () => process.argv.includes('--anew') || isStale();
if (!cannotBuild && isWanted()) alone(() => isWanted() && build());

function isStale() {
  if (!existsSync(stamp)) return true;
  const built = statSync(stamp).mtimeMs;
  // Folders count too: a deleted file leaves no other trace.
  return sources().some((path) => statSync(path).mtimeMs > built);
}

function sources() {
  const files = readdirSync(root)
    .filter((name) => name === 'package.json' || /^tsconfig.*\.json$/.test(name))
    .map(at);
  const trees = ['src', 'migrations'].map(at).filter(existsSync);
  const inside = trees.flatMap((tree) =>
    readdirSync(tree, { recursive: true }).map((path) => join(tree, path)),
  );
  return [...files, ...trees, ...inside];
}

function build() {
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [cli, 'build'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, '');
  // A file saved during the build counts as newer than its output.
  utimesSync(stamp, started / 1000, started / 1000);
  console.log(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

/** Two instances may start at once; a build begins with deleting dist/, so the second waits for the first. */
function alone(work) {
  while (!takeLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  process.once('exit', () => rmSync(lock, { force: true }));
  work();
}

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isAlive(holder())) rmSync(lock, { force: true });
  return false;
}

function holder() {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    return process.pid; // Released just now: the next attempt will tell.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
