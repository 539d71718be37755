// npm run saml-login -- [--rounds 5] [--logins 60] [--warm-up 300] [--directory 100000] [--save]
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openPostgres } from '../lib/postgres.mjs';
import { startBetterAuth } from './better-auth.mjs';
import { startGatehouse } from './gatehouse.mjs';
import { makeKey } from './idp.mjs';
import { measure } from './measure.mjs';
import { startPolis } from './polis.mjs';
import { report } from './report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    logins: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '300' },
    directory: { type: 'string', default: '100000' },
    save: { type: 'boolean', default: false },
  },
});
const options = {
  rounds: Number(values.rounds),
  logins: Number(values.logins),
  warmUp: Number(values['warm-up']),
  directory: Number(values.directory),
};
const gatehouse = resolve(process.env.GATEHOUSE_DIR ?? join(here, '../..'));
if (!existsSync(join(gatehouse, 'dist/src/main.js'))) {
  console.error(`There is no build in ${gatehouse}: run \`npm run build\` there first.`);
  process.exit(1);
}

const running = [];
const keep = (contender) => {
  running.push(contender.server ?? contender);
  return contender;
};

try {
  const postgres = keep(await openPostgres(gatehouse));
  const contenders = await prepare(postgres, await makeKey(gatehouse));
  for (const contender of contenders) {
    say(`warming up: ${contender.name}`);
    await measure(contender, postgres, options.warmUp);
  }
  const results = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`round ${round} of ${options.rounds}`);
    for (const contender of rotated(contenders, round)) {
      results.push({ round, id: contender.id, ...(await measure(contender, postgres, options.logins)) });
    }
  }
  const text = report({ contenders, results, facts: await postgres.facts(), options, gatehouse });
  console.log(`\n${text}`);
  if (values.save) {
    const file = join(here, `../results/saml-login-node${process.versions.node.split('.')[0]}.md`);
    writeFileSync(file, text);
    say(`saved as ${file}`);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const server of running.reverse()) await server.stop();
}

async function prepare(postgres, key) {
  const { directory } = options;
  const people = directory.toLocaleString('en').replaceAll(',', ' ');
  const contenders = [];
  const start = async (name, starting) => {
    say(`starting and filling ${name}`);
    contenders.push(keep(await starting()));
  };
  for (const [id, directoryUsers, suffix] of [
    ['', 0, ''],
    [' full', directory, `, ${people} people in the directory`],
  ]) {
    const database = (name) => postgres.freshDatabase(`bench_${name}${id.replace(' ', '_')}`);
    const named = (name) => ({ directoryUsers, id: `${name}${id}`, name: `${name}${suffix}` });
    await start(`Gatehouse${suffix}`, async () =>
      startGatehouse(gatehouse, await database('login_gatehouse'), key, named('Gatehouse')),
    );
    await start(`Polis${suffix}`, async () => startPolis(await database('login_polis'), key, named('Polis')));
  }
  await start('better-auth', async () =>
    startBetterAuth(await postgres.freshDatabase('bench_login_better_auth'), key),
  );
  return contenders;
}

function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function say(text) {
  console.error(text);
}
