import { number, table } from '../../lib/markdown.mjs';
import { median } from '../../lib/statistics.mjs';
import { readCursors, readPages } from '../pages.mjs';
import { inRounds, withContenders } from '../stage.mjs';
import { growthLine, measuredTable, ratioTable } from '../tables.mjs';

const ALL = ['gatehouse', 'polis', 'better-auth', 'scimmy', 'floor'];
const COUNT = 50;
/** So many in a row: the first one jumps there, the others go on where the one before ended. */
const PAGES = 40;

/** W7: pages deep in a directory, read one after the other, and by cursor deep in a large one. */
export function pages(stage) {
  return withContenders(stage, ALL, async (contenders) => {
    const { options, postgres, say } = stage;
    const stored = options.users;
    for (const contender of contenders) {
      say(`filling ${contender.name} to ${stored}`);
      await contender.fill(0, stored);
    }
    const from = stored - PAGES * COUNT - 10;
    const results = await inRounds(stage, contenders, (contender, seconds) =>
      readPages(contender, postgres, { from, pages: PAGES, count: COUNT, seconds }),
    );
    return [
      `## Pages of ${COUNT} among ${number(stored)} users`,
      `${PAGES} of them, one after the other from startIndex ${number(from)} on, again and again.`,
      measuredTable(contenders, results, [['first of them, ms', ({ first }) => first]]),
      ratioTable(results, [
        { peer: 'polis', target: 15 },
        { peer: 'better-auth' },
        { peer: 'scimmy' },
        { peer: 'floor' },
      ]),
      totals(contenders, results, stored),
      await byCursor(stage, contenders, stored),
    ].join('\n\n');
  });
}

/** Whether the number of all is right, and whether the pages held as many different people as they should. */
function totals(contenders, results, stored) {
  const rows = contenders.map(({ id, name, tenants }) => {
    const { total, seen } = results.find((result) => result.id === id);
    // The administrator of the workspace is one of our users, too.
    const wanted = stored + (tenants.length > 1 && id === 'gatehouse' ? 1 : 0);
    return [name, `${whole(total)}${total === wanted ? '' : ` (wrong: ${whole(wanted)})`}`, whole(seen)];
  });
  return table(['', 'totalResults', `different people on ${PAGES} pages`], rows);
}

const whole = (count) => (count >= 100 ? number(count) : String(count));

async function byCursor({ options, postgres, say }, contenders, filled) {
  const ours = contenders.find(({ id }) => id === 'gatehouse');
  if (!ours) return '';
  const stored = options.million ? 1_000_000 : filled;
  if (stored > filled) {
    say(`filling ${ours.name} to ${stored}`);
    await ours.fill(filled, stored);
  }
  const deep = Math.floor(stored * 0.9);
  say(`walking to position ${deep} by cursor`);
  const walked = await readCursors(ours, postgres, { cursor: '', pages: Math.floor(deep / 200), count: 200 });
  const first = [];
  const late = [];
  for (let round = 0; round < options.rounds * 2; round += 1) {
    first.push(await readCursors(ours, postgres, { cursor: '', pages: PAGES, count: COUNT }));
    late.push(await readCursors(ours, postgres, { cursor: walked.next, pages: PAGES, count: COUNT }));
  }
  const read = (list, what) => median(list.map(what));
  const cpu = ({ cpu: { server, postgres: database } }) => server + database;
  const ratios = first.map((one, round) => late[round].p50 / one.p50);
  return [
    `### By cursor among ${number(stored)} users (ours)`,
    table(
      ['pages of 50', 'p50 ms', 'CPU us', 'totalResults'],
      [
        [
          'from the first on',
          number(read(first, ({ p50 }) => p50)),
          number(read(first, cpu)),
          number(first[0].total),
        ],
        [
          `from position ${number(deep)} on`,
          number(read(late, ({ p50 }) => p50)),
          number(read(late, cpu)),
          number(late[0].total),
        ],
      ],
    ),
    growthLine('the deep page to the first, in p50', median(ratios), 1.3),
    growthLine('the same in CPU', read(late, cpu) / read(first, cpu), 1.3),
  ].join('\n\n');
}
