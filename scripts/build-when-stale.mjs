// Builds dist/ when a source file is newer than the last build; otherwise costs a few milliseconds.
// Runs before `npm start`, so that a fresh clone needs no separate build step.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (path) => join(root, path);
const stamp = at('dist/.built');
const cli = at('node_modules/@nestjs/cli/bin/nest.js');

// An image without development dependencies brings its dist/ along.
const cannotBuild = existsSync(at('dist/src/main.js')) && !existsSync(cli);
if (!cannotBuild && isStale()) build();

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
  // The moment the build began: a file saved meanwhile is newer than its output.
  writeFileSync(stamp, '');
  console.log(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}
