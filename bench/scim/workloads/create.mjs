import { memoryOf } from '../../lib/cpu.mjs';
import { number, table } from '../../lib/markdown.mjs';
import { startRoundTripCounter } from '../../lib/round-trip-counter.mjs';
import { measureCreation } from '../measure.mjs';
import { inRounds, withContenders } from '../stage.mjs';
import { measuredTable, ratioTable } from '../tables.mjs';

const ALL = ['gatehouse', 'polis', 'better-auth', 'scimmy', 'floor'];
const TARGETS = {
  16: [
    { peer: 'polis', target: 4 },
    { peer: 'better-auth', target: 15 },
    { peer: 'scimmy' },
    { peer: 'floor' },
  ],
  1: [{ peer: 'polis', target: 3 }, { peer: 'better-auth' }, { peer: 'scimmy' }, { peer: 'floor' }],
};

/** W4 and W5: POST /Users at 16 connections and at one, with the audit row in the commit (ours and the floor's). */
export function create(stage) {
  return withContenders(stage, ALL, async (contenders) => {
    const { options, generator, postgres, say } = stage;
    const parts = ['## POST /Users'];
    const measured = async (connections, beside = '') => {
      say(`POST /Users, ${connections} connections${beside}`);
      const results = await inRounds(stage, contenders, (contender, seconds) =>
        measureCreation(contender, generator, postgres, { connections, seconds }),
      );
      refuseMisplaced(results);
      parts.push(
        `### ${connections} connection${connections > 1 ? 's' : ''}${beside}`,
        measuredTable(contenders, results),
        ratioTable(results, TARGETS[connections]),
      );
    };
    await measured(16);
    await measured(1);
    for (const contender of contenders) {
      say(`filling ${contender.name} to ${options.users}`);
      await contender.fill(0, options.users);
    }
    await measured(16, `, beside ${number(options.users)} users`);
    parts.push('### Whose rows are they', await placementTable(stage, contenders));
    parts.push('### Round trips and statements per request', await statementsTable(stage, contenders));
    parts.push(
      `Memory in the end: ${contenders.map(({ name, server }) => `${name} ${memoryOf(server.pid)} MB`).join(', ')}.`,
    );
    return parts.join('\n\n');
  });
}

/** A contender that is measured with one tenant may not be wrong about that one either. */
function refuseMisplaced(results) {
  for (const { id, misplaced } of results) {
    if (misplaced > 0) throw new Error(`${id}: ${misplaced} rows are missing or under another tenant`);
  }
}

/** Two tenants at once, for everybody who has tenants. */
async function placementTable({ generator, postgres, options, say }, contenders) {
  say('  two tenants at the same time');
  const rows = [];
  for (const contender of contenders.filter(({ tenants }) => tenants.length > 1)) {
    const { accepted, misplaced } = await measureCreation(contender, generator, postgres, {
      connections: 8,
      seconds: options.seconds,
      tenants: contender.tenants,
    });
    rows.push([contender.name, String(accepted.reduce((sum, one) => sum + one, 0)), String(misplaced)]);
  }
  return table(['two tenants, 8 connections', 'created', 'under the wrong tenant'], rows);
}

async function statementsTable({ generator, postgres, say }, contenders) {
  say('  counting round trips');
  const rows = [];
  for (const contender of contenders.filter(({ restart }) => restart)) {
    const counter = await startRoundTripCounter(contender.databaseUrl);
    const server = await contender.restart(counter.url);
    try {
      const measured = { ...contender, server, oneTenant: true, placed: undefined };
      await measureCreation(measured, generator, postgres, { connections: 4, seconds: 1 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      counter.take();
      const { accepted } = await measureCreation(measured, generator, postgres, {
        connections: 1,
        seconds: 1,
      });
      const { roundTrips, statements } = counter.take();
      const per = (count) => number(count / accepted[0]);
      rows.push([
        contender.name,
        per(roundTrips),
        Object.entries(statements)
          .map(([verb, count]) => `${per(count)} ${verb}`)
          .join(', '),
      ]);
    } finally {
      await server.stop();
      await counter.stop();
    }
  }
  return table(['one connection', 'round trips', 'statements'], rows);
}
