// npm run scim -- [--rounds 5] [--seconds 2] [--warm 6] [--only create,look-up,pages,members,writers,load]
// [--against gatehouse,polis,…] [--users 100000] [--million] [--save]
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openPostgres } from '../lib/postgres.mjs';
import { startLoadGenerator } from '../lib/processes.mjs';
import { report } from './report.mjs';
import { WORKLOADS } from './workloads.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    warm: { type: 'string', default: '6' },
    only: { type: 'string', default: Object.keys(WORKLOADS).join() },
    against: { type: 'string', default: 'gatehouse,polis,better-auth,scimmy,floor' },
    users: { type: 'string', default: '100000' },
    million: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
const gatehouse = resolve(process.env.GATEHOUSE_DIR ?? join(here, '../..'));
if (!existsSync(join(gatehouse, 'dist/src/main.js'))) {
  console.error(`There is no build in ${gatehouse}: run \`npm run build\` there first.`);
  process.exit(1);
}
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  warm: Number(values.warm),
  users: Number(values.users),
  million: values.million,
  against: values.against.split(','),
};

const running = [];
const keep = (server) => {
  running.push(server);
  return server;
};

try {
  const postgres = keep(await openPostgres(gatehouse));
  const generator = keep(startLoadGenerator(join(here, 'load-process.mjs')));
  const sections = [];
  for (const name of values.only.split(',')) {
    const stage = { gatehouse, postgres, generator, options, say };
    sections.push(await WORKLOADS[name](stage));
    console.log(`\n${sections.at(-1)}\n`);
  }
  const text = report({ sections, facts: await postgres.facts(), options, gatehouse });
  console.log(`\n${text}`);
  if (values.save) {
    const file = join(here, `../results/scim-node${process.versions.node.split('.')[0]}.md`);
    writeFileSync(file, text);
    say(`saved as ${file}`);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const server of running.reverse()) await server.stop();
}

function say(text) {
  console.error(text);
}
