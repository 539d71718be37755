// npm run audit -- [--only append,mutation] [--rounds 5] [--seconds 3] [--save]
import { existsSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openPostgres } from '../lib/postgres.mjs';
import { measureAppends } from './append.mjs';
import { measureMutations } from './mutations.mjs';
import { report } from './report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'append,mutation' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
  },
});
const gatehouse = resolve(process.env.GATEHOUSE_DIR ?? join(here, '../..'));
if (!existsSync(join(gatehouse, 'dist/src/main.js'))) {
  console.error(`There is no build in ${gatehouse}: run \`npm run build\` there first.`);
  process.exit(1);
}
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), load: loadavg()[0] };
const say = (text) => console.error(text);

const postgres = await openPostgres(gatehouse);
try {
  const plan = { gatehouse, postgres, say, ...options };
  const appends = values.only.includes('append') ? await measureAppends(plan) : [];
  const mutations = values.only.includes('mutation') ? await measureMutations(plan) : [];
  const text = report({ appends, mutations, facts: await postgres.facts(), options, gatehouse });
  console.log(`\n${text}`);
  if (values.save) {
    const file = join(here, `../results/audit-node${process.versions.node.split('.')[0]}.md`);
    writeFileSync(file, text);
    say(`saved as ${file}`);
  }
} finally {
  await postgres.stop();
}
