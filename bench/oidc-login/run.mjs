// npm run oidc-login -- [--rounds 5] [--logins 60] [--warm-up 300] [--save]
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runLogins } from '../lib/run-logins.mjs';
import { startBetterAuth, startGatehouse, startPolis } from './contenders.mjs';
import { startIdp } from './idp.mjs';
import { kind } from './kind.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    logins: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '300' },
    save: { type: 'boolean', default: false },
  },
});
const gatehouse = resolve(process.env.GATEHOUSE_DIR ?? join(here, '../..'));

await runLogins({
  name: 'oidc-login',
  kind,
  gatehouse,
  save: values.save,
  options: {
    rounds: Number(values.rounds),
    logins: Number(values.logins),
    warmUp: Number(values['warm-up']),
  },
  async *contenders(postgres, keep) {
    const idp = keep(await startIdp());
    const database = (name) => postgres.freshDatabase(`bench_oidc_${name}`);
    yield startGatehouse(gatehouse, await database('gatehouse'), idp);
    yield startPolis(await database('polis'), idp);
    yield startBetterAuth(await database('better_auth'), idp);
  },
});
