// npm run saml-login -- [--rounds 5] [--logins 60] [--warm-up 300] [--directory 100000]
// [--against gatehouse,polis,…] [--save]
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runLogins } from '../lib/run-logins.mjs';
import { startBetterAuth } from './better-auth.mjs';
import { startFloor } from './floor.mjs';
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
    against: { type: 'string', default: 'gatehouse,polis,better-auth,floor' },
    save: { type: 'boolean', default: false },
  },
});
const directory = Number(values.directory);
const against = values.against.split(',');
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
    const fresh = (name) => postgres.freshDatabase(`bench_login_${name}`);
    for (const [id, directoryUsers, suffix] of [
      ['', 0, ''],
      [' full', directory, `, ${people} people in the directory`],
    ]) {
      const database = (name) => fresh(`${name}${id.replace(' ', '_')}`);
      const named = (name) => ({ directoryUsers, id: `${name}${id}`, name: `${name}${suffix}` });
      if (against.includes('gatehouse'))
        yield startGatehouse(gatehouse, await database('gatehouse'), key, named('Gatehouse'));
      if (against.includes('polis')) yield startPolis(await database('polis'), key, named('Polis'));
    }
    if (against.includes('better-auth')) yield startBetterAuth(await fresh('better_auth'), key);
    if (against.includes('floor')) yield startFloor(await fresh('floor'), key);
  },
});
