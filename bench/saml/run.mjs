// npm run saml -- [--rounds 5] [--seconds 2.5] [--save]
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canPin } from '../lib/processes.mjs';
import { makeFixtures } from './fixtures.mjs';
import { NAMES, report } from './report.mjs';

/** Seconds. The compiler takes thousands of validations to make the best of our code: they come first, uncounted. */
const WARM_UP = { typical: 5, large: 1.5 };
const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2.5' },
    save: { type: 'boolean', default: false },
  },
});
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), pinned: canPin };
const gatehouse = resolve(process.env.GATEHOUSE_DIR ?? join(here, '../..'));
if (!existsSync(join(gatehouse, 'dist/src/main.js'))) {
  console.error(`There is no build in ${gatehouse}: run \`npm run build\` there first.`);
  process.exit(1);
}

const fixtures = makeFixtures(gatehouse);
const contenders = [];
try {
  for (const id of Object.keys(NAMES)) contenders.push(await start(id));
  const results = [];
  for (let round = 0; round <= options.rounds; round += 1) {
    console.error(`· ${round === 0 ? 'warming up' : `round ${round} of ${options.rounds}`}`);
    for (const size of ['typical', 'large']) {
      for (const { id, ask } of rotated(contenders, round)) {
        const { good, tampered } = fixtures[size];
        const run = {
          seconds: round === 0 ? WARM_UP[size] : options.seconds,
          good,
          tampered,
          judges: id !== 'floor',
        };
        const measured = await ask({ run });
        if (round > 0) results.push({ round, size, id, ...measured });
      }
    }
  }
  const text = report({ results, fixtures, options, gatehouse });
  console.log(`\n${text}`);
  if (values.save) {
    const file = join(here, `../results/saml-validation-node${process.versions.node.split('.')[0]}.md`);
    writeFileSync(file, text);
  }
} finally {
  for (const { child } of contenders) child.kill();
}

/** A process of its own on the first core; the one with a worker gets no second core either. */
async function start(id) {
  const child = fork(join(here, 'contender-process.mjs'), {
    execArgv: [],
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    serialization: 'advanced',
  });
  const ask = async (message) => {
    child.send(message);
    const [{ result, error }] = await once(child, 'message');
    if (error) throw new Error(`${id}: ${error}`);
    return result;
  };
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', '0', String(child.pid)]);
  await ask({ prepare: { id, gatehouse, fixtures } });
  return { id, child, ask };
}

function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
