import { memoryOf } from '../../lib/cpu.mjs';
import { number, table } from '../../lib/markdown.mjs';
import { median } from '../../lib/statistics.mjs';
import { expectNoFaults, metered } from '../measure.mjs';
import { USER_TEMPLATE } from '../population.mjs';
import { withContenders } from '../stage.mjs';
import { growthLine } from '../tables.mjs';

const PARTS = 10;

/** The first load of a whole directory over the API, in ten parts: rate, CPU and memory of each. */
export function load(stage) {
  return withContenders(stage, ['gatehouse'], async ([contender]) => {
    const { options, generator, postgres, say } = stage;
    const each = Math.floor(options.users / PARTS);
    const [{ path, headers, id }] = contender.tenants;
    const parts = [];
    for (let part = 0; part <= PARTS; part += 1) {
      const warming = part === 0;
      const count = warming ? Math.min(each, 3_000) : each;
      const result = await generator.run({
        port: contender.server.port,
        connections: 16,
        processes: metered(contender, postgres),
        requests: [{ method: 'POST', path: `${path}/Users`, headers, body: USER_TEMPLATE }],
        values: Array.from({ length: count }, (_, n) => `load-${part}-${n}@load.bench.test`),
        once: true,
        statuses: [201],
        holds: '{v}',
        sampled: 'userName',
      });
      expectNoFaults(contender, 'initial load', result);
      say(`  part ${part}: ${number(result.perSecond)} per second`);
      if (!warming) parts.push({ ...result, memory: memoryOf(contender.server.pid) });
    }
    const placed = await contender.placed('load-');
    const wanted = each * PARTS + Math.min(each, 3_000);
    if (placed.length !== 1 || placed[0].tenant !== id || placed[0].count !== wanted)
      throw new Error(`of ${wanted} users these are there: ${JSON.stringify(placed)}`);
    const cpu = ({ cpu: { server, postgres: database } }) => server + (database ?? 0);
    const start = median(parts.slice(0, 3).map(({ perSecond }) => perSecond));
    const end = median(parts.slice(-3).map(({ perSecond }) => perSecond));
    const cpuStart = median(parts.slice(0, 3).map(cpu));
    const cpuEnd = median(parts.slice(-3).map(cpu));
    return [
      `## Initial load of ${number(each * PARTS)} users, 16 connections (ours)`,
      table(
        ['after', 'req/s', 'p50 ms', 'server CPU us', 'PostgreSQL CPU us', 'memory MB'],
        parts.map((part, index) => [
          number((index + 1) * each),
          number(part.perSecond),
          number(part.p50),
          number(part.cpu.server),
          number(part.cpu.postgres),
          number(part.memory),
        ]),
      ),
      `- rate of the last three parts to the first three: ${number(end / start)} (target at least 0.9: ${end / start >= 0.9 ? 'reached' : 'missed'})`,
      growthLine('CPU per user, last three parts to the first three', cpuEnd / cpuStart, 1.11),
      growthLine('memory, last part to the third', parts.at(-1).memory / parts[2].memory, 1.2),
    ].join('\n\n');
  });
}
