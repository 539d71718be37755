import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CpuMeter } from '../lib/cpu.mjs';
import { withClient } from '../lib/postgres.mjs';

export const WRITERS = 16;
export const WAYS = ['gatehouse', 'chain'];
/** After a round everything is sealed within this, or the round does not count. */
const SEALED_WITHIN_MS = 10_000;

/** Appending to one hot workspace: Gatehouse, and beside it a log whose entries each hold the hash of the one before. */
export async function measureAppends({ gatehouse, postgres, rounds, seconds, say }) {
  const url = await postgres.freshDatabase('bench_audit');
  const { migrate } = createRequire(import.meta.url)(join(gatehouse, 'dist/src/database/migrate.js'));
  await migrate(url);
  const workspaceId = await withClient(url, prepare);
  const appender = await startAppender(gatehouse, url, workspaceId);
  const results = [];
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const ways = round % 2 ? [...WAYS].reverse() : WAYS;
      for (const how of ways) {
        const meter = postgres.pid && new CpuMeter({ postgres: { pid: postgres.pid, children: true } });
        const {
          rows: [before],
        } = await onDatabase(url, 'select clock_timestamp() as at');
        const result = await appender.run({ how, writers: WRITERS, seconds });
        const micros = meter?.used().postgres;
        const lag = how === 'gatehouse' ? await lagSince(url, before.at, result.rows) : undefined;
        // The first round only warms up.
        if (round > 0) results.push({ round, how, ...result, lag, postgres: micros && micros / result.rows });
        if (round > 0) say(`append ${how}: ${Math.round(result.perSecond)}/s`);
      }
    }
  } finally {
    appender.stop();
  }
  await postgres.drop('bench_audit');
  return results;
}

async function prepare(client) {
  const { rows } = await client.query(
    `insert into workspaces (slug, name) values ('hot', 'Hot') returning id`,
  );
  await client.query(
    `create table bench_chain_events (like audit_events including all);
     alter table bench_chain_events add column head text not null;
     create table bench_chain_heads (workspace_id uuid primary key, head text not null);`,
  );
  await client.query(`insert into bench_chain_heads values ($1, '')`, [rows[0].id]);
  return rows[0].id;
}

/** How long entries of a round waited for their seal. Throws unless every one has exactly one. */
async function lagSince(url, since, rows) {
  const deadline = Date.now() + SEALED_WITHIN_MS;
  for (;;) {
    const {
      rows: [found],
    } = await onDatabase(
      url,
      `select count(*)::int as events, count(leaf.event_id)::int as sealed,
              percentile_cont(array[0.5, 0.99, 1]) within group (order by extract(epoch from seal.sealed_at - event.time)) as lags
         from audit_events event
         left join audit_leaves leaf on leaf.event_id = event.id
         left join audit_seals seal on seal.workspace_id = leaf.workspace_id and seal.number = leaf.seal
        where event.time >= $1`,
      [since],
    );
    if (found.events === rows && found.sealed === rows) {
      const [p50, p99, max] = found.lags;
      return { p50, p99, max };
    }
    if (Date.now() > deadline) {
      throw new Error(`Of ${rows} entries ${found.events} are there and ${found.sealed} are sealed.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const onDatabase = (url, text, values) => withClient(url, (client) => client.query(text, values));

async function startAppender(gatehouse, url, workspaceId) {
  const { PATH, HOME } = process.env;
  const child = fork(fileURLToPath(new URL('append-process.mjs', import.meta.url)), {
    cwd: tmpdir(),
    execArgv: [],
    env: {
      PATH,
      HOME,
      NODE_ENV: 'production',
      GATEHOUSE_DIR: gatehouse,
      DATABASE_URL: url,
      DATABASE_POOL_SIZE: String(WRITERS + 4),
      WORKSPACE_ID: workspaceId,
      ENCRYPTION_KEY: Buffer.alloc(32, 'bench').toString('base64'),
    },
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The appender ended with ${code}.`);
  });
  ended.catch(() => undefined);
  const reply = async () => {
    const [{ result, error }] = await Promise.race([once(child, 'message'), ended]);
    if (error) throw new Error(error);
    return result;
  };
  await reply();
  return {
    run: (plan) => {
      child.send(plan);
      return reply();
    },
    stop: () => child.disconnect(),
  };
}
