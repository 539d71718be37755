// Appends to the audit log of one workspace as fast as it is taken; a process of its own, warm for the whole run. Each
// message is {how, writers, seconds}; each reply what came of it.
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { percentile } from '../lib/statistics.mjs';

const { GATEHOUSE_DIR, DATABASE_URL, WORKSPACE_ID } = process.env;
const require = createRequire(join(GATEHOUSE_DIR, 'package.json'));
const dist = (path) => require(join(GATEHOUSE_DIR, 'dist/src', path));
require('reflect-metadata');

const { NestFactory } = require('@nestjs/core');
const { Config } = dist('config/config.js');
const app = await NestFactory.create(
  dist('app.module.js').AppModule.with(new Config(process.env), DATABASE_URL),
  dist('configure-app.js').httpAdapter(),
  { logger: false, abortOnError: false },
);
await app.init();
const database = app.get(dist('database/database.js').Database);
const trail = app.get(dist('audit/audit-trail.js').AuditTrail);
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 16 });

const actor = { type: 'user', id: randomUUID(), email: 'writer@bench.test' };
const deed = (at) => ({
  type: 'secret.created',
  actor,
  target: { type: 'secret', id: randomUUID() },
  data: { name: `secret ${at}` },
});

const WAYS = {
  /** As a refusal is recorded: the event leaves with COMMIT, shared with those of the moment, and is sealed afterwards. */
  gatehouse: (at) => database.inWorkspace(WORKSPACE_ID, async () => trail.record(deed(at))),

  /** Each entry holds the hash of the one before, so each writer waits for the one before. */
  chain: async (at) => {
    const { type, target, data } = deed(at);
    const client = await pool.connect();
    try {
      await client.query(`begin; set local gatehouse.workspace_id = '${WORKSPACE_ID}'`);
      const { rows } = await client.query({
        name: 'head',
        text: 'select head from bench_chain_heads where workspace_id = $1 for update',
        values: [WORKSPACE_ID],
      });
      const row = [
        type,
        'medium',
        actor.type,
        actor.id,
        actor.email,
        target.type,
        target.id,
        JSON.stringify(data),
      ];
      const head = createHash('sha256').update(rows[0].head).update(JSON.stringify(row)).digest('hex');
      await client.query({
        name: 'append',
        text: `insert into bench_chain_events (type, risk, actor_type, actor_id, actor_email, target_type, target_id,
                                               data, head)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        values: [...row, head],
      });
      await client.query(
        `update bench_chain_heads set head = '${head}' where workspace_id = '${WORKSPACE_ID}'; commit`,
      );
    } finally {
      client.release();
    }
  },
};

async function run({ how, writers, seconds }) {
  const append = WAYS[how];
  const milliseconds = [];
  const end = performance.now() + seconds * 1000;
  const began = process.cpuUsage();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (performance.now() < end) {
        const asked = performance.now();
        await append(milliseconds.length);
        milliseconds.push(performance.now() - asked);
      }
    }),
  );
  const { user, system } = process.cpuUsage(began);
  milliseconds.sort((a, b) => a - b);
  return {
    rows: milliseconds.length,
    perSecond: milliseconds.length / seconds,
    p50: percentile(milliseconds, 0.5),
    p99: percentile(milliseconds, 0.99),
    cpu: (user + system) / milliseconds.length,
  };
}

process.on('message', (plan) => {
  run(plan).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: error.stack }),
  );
});
process.on('disconnect', () => process.exit());
process.send({ result: 'ready' });
