import { median } from '../../lib/statistics.mjs';
import { table, number } from '../../lib/markdown.mjs';
import { measureLookUp } from '../measure.mjs';
import { inRounds, withContenders } from '../stage.mjs';
import { growthLine, measuredTable, ratioTable } from '../tables.mjs';

const ALL = ['gatehouse', 'polis', 'better-auth', 'scimmy', 'floor'];
const MILLION = 1_000_000;
const COMPARED = [
  { peer: 'polis', target: 4 },
  { peer: 'better-auth', target: 30 },
  { peer: 'scimmy' },
  { peer: 'floor' },
];

/** W6: `userName eq` among 1 000, 10 000 and 100 000 users, ours and the floor's also among a million. */
export function lookUp(stage) {
  return withContenders(stage, ALL, async (contenders) => {
    const { options, generator, postgres, say } = stage;
    const sizes = [1_000, 10_000, 100_000].filter((size) => size <= options.users);
    const parts = ['## GET /Users?filter=userName eq "…"'];
    const medians = new Map();
    let stored = 0;
    for (const size of [...sizes, ...(options.million ? [MILLION] : [])]) {
      const taking =
        size === MILLION ? contenders.filter(({ id }) => ['gatehouse', 'floor'].includes(id)) : contenders;
      for (const contender of taking) {
        say(`filling ${contender.name} to ${size}`);
        await contender.fill(stored, size);
      }
      stored = size;
      for (const connections of [8, 1]) {
        say(`userName eq among ${size}, ${connections} connections`);
        const results = await inRounds(stage, taking, (contender, seconds) =>
          measureLookUp(contender, generator, postgres, { connections, seconds, stored: size }),
        );
        for (const { id } of taking) {
          const mine = results.filter((result) => result.id === id);
          medians.set(`${id} ${size} ${connections}`, {
            p50: median(mine.map(({ p50 }) => p50)),
            cpu: median(mine.map(({ cpu }) => cpu.server + (cpu.postgres ?? 0))),
          });
        }
        parts.push(
          `### ${number(size)} users, ${connections} connection${connections > 1 ? 's' : ''}`,
          measuredTable(taking, results),
        );
        if (size === Math.max(...sizes) && connections === 8) parts.push(ratioTable(results, COMPARED));
      }
    }
    parts.push('### Growth', growth(contenders, medians, [...sizes, ...(options.million ? [MILLION] : [])]));
    return parts.join('\n\n');
  });
}

function growth(contenders, medians, sizes) {
  const at = (id, size, what) => medians.get(`${id} ${size} 1`)?.[what];
  const rows = contenders.map(({ id, name }) => [
    name,
    ...sizes.map((size) => (at(id, size, 'p50') === undefined ? '-' : number(at(id, size, 'p50')))),
    ...sizes.map((size) => (at(id, size, 'cpu') === undefined ? '-' : number(at(id, size, 'cpu')))),
  ]);
  const largest = Math.max(...sizes);
  return [
    table(
      [
        'one connection',
        ...sizes.map((size) => `p50 ms at ${number(size)}`),
        ...sizes.map((size) => `CPU us at ${number(size)}`),
      ],
      rows,
    ),
    growthLine(
      `ours from ${number(sizes[0])} to ${number(largest)}, in p50`,
      at('gatehouse', largest, 'p50') / at('gatehouse', sizes[0], 'p50'),
      1.3,
    ),
    growthLine(
      'the same in CPU of server and PostgreSQL',
      at('gatehouse', largest, 'cpu') / at('gatehouse', sizes[0], 'cpu'),
      1.3,
    ),
  ].join('\n\n');
}
