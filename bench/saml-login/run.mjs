// npm run saml-login -- [--rounds 5] [--logins 60] [--warm-up 300] [--directory 100000] [--save]
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runLogins } from '../lib/run-logins.mjs';
import { startBetterAuth } from './better-auth.mjs';
import { startGatehouse } from './gatehouse.mjs';
import { makeKey } from './idp.mjs';
import { kind } from './kind.mjs';
import { startPolis } from './polis.mjs';

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
const directory = Number(values.directory);
const gatehouse = resolve(process.env.GATEHOUSE_DIR ?? join(here, '../..'));

await runLogins({
  name: 'saml-login',
  kind,
  gatehouse,
  save: values.save,
  options: {
    rounds: Number(values.rounds),
    logins: Number(values.logins),
    warmUp: Number(values['warm-up']),
  },
  async *contenders(postgres) {
    const key = await makeKey(gatehouse);
    const people = directory.toLocaleString('en').replaceAll(',', ' ');
    for (const [id, directoryUsers, suffix] of [
      ['', 0, ''],
      [' full', directory, `, ${people} people in the directory`],
    ]) {
      const database = (name) => postgres.freshDatabase(`bench_login_${name}${id.replace(' ', '_')}`);
      const named = (name) => ({ directoryUsers, id: `${name}${id}`, name: `${name}${suffix}` });
      yield startGatehouse(gatehouse, await database('gatehouse'), key, named('Gatehouse'));
      yield startPolis(await database('polis'), key, named('Polis'));
    }
    yield startBetterAuth(await postgres.freshDatabase('bench_login_better_auth'), key);
  },
});
