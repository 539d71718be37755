import { number, table } from '../../lib/markdown.mjs';
import { median } from '../../lib/statistics.mjs';
import { expectNoFaults, metered } from '../measure.mjs';
import { groupBody, MEMBER_TEMPLATE } from '../population.mjs';
import { withContenders } from '../stage.mjs';
import { growthLine, measuredTable, ratioTable } from '../tables.mjs';

const ALL = ['gatehouse', 'polis', 'better-auth', 'scimmy', 'floor'];
const SIZES = [10, 1_000, 10_000, 100_000];
const AT_ONCE = 80;
/** Into a group of their own, before anything is measured. */
const WARM_UP = 400;

/** W8: one more member into groups of every size. Each has to be in the group afterwards. */
export function members(stage) {
  return withContenders(stage, ALL, async (contenders) => {
    const { options, generator, postgres, say } = stage;
    const spare = 2_500 * options.rounds;
    for (const contender of contenders) {
      say(`filling ${contender.name}`);
      await contender.fill(0, sizeOf(contender) + spare);
      contender.spare = await spareIds(contender, sizeOf(contender), spare);
    }
    const parts = ['## PATCH of a group: one more member, one connection'];
    const medians = new Map();
    const groups = new Map();
    for (const contender of contenders) {
      for (const size of SIZES.filter((one) => one <= 1.25 * sizeOf(contender))) {
        groups.set(`${contender.id} ${size}`, await makeGroup(contender, Math.min(size, sizeOf(contender))));
      }
    }
    for (const contender of contenders) {
      say(`  warming up: ${contender.name}`);
      const group = await makeGroup(contender, 10);
      await add(contender, generator, postgres, group, Math.min(WARM_UP, sizeOf(contender) / 2));
    }
    const results = [];
    // All sizes in every round, so that growth is not mixed up with how warm a server is.
    for (let round = 0; round <= options.rounds; round += 1) {
      say(`one more member, round ${round} of ${options.rounds}`);
      for (const size of SIZES) {
        for (const contender of contenders.filter(({ id }) => groups.has(`${id} ${size}`))) {
          const group = groups.get(`${contender.id} ${size}`);
          const measured = await add(contender, generator, postgres, group, atOnce(contender));
          if (round > 0) results.push({ round, size, id: contender.id, ...measured });
        }
      }
    }
    for (const size of SIZES) {
      const taking = contenders.filter(({ id }) => groups.has(`${id} ${size}`));
      const ofSize = results.filter((result) => result.size === size);
      for (const { id } of taking) {
        const mine = ofSize.filter((result) => result.id === id);
        medians.set(`${id} ${size}`, {
          p50: median(mine.map(({ p50 }) => p50)),
          cpu: median(mine.map(({ cpu }) => cpu.server + (cpu.postgres ?? 0))),
        });
      }
      parts.push(`### Into a group of ${whole(size)}`, measuredTable(taking, ofSize));
      if (size === 10_000)
        parts.push(ratioTable(ofSize, [{ peer: 'polis', target: 3 }, { peer: 'scimmy' }, { peer: 'floor' }]));
      if (size === 1_000)
        parts.push(ratioTable(ofSize, [{ peer: 'polis' }, { peer: 'better-auth' }, { peer: 'scimmy' }]));
    }
    parts.push('### Growth', growth(contenders, medians));
    return parts.join('\n\n');
  });
}

/** W9: sixteen writers on one group. A conflict that a client is told of is a failure of ours, and counted for peers. */
export function writers(stage) {
  return withContenders(stage, ['gatehouse', 'polis', 'better-auth', 'floor'], async (contenders) => {
    const { options, generator, postgres, say } = stage;
    const results = [];
    for (const contender of contenders) {
      const spare = 400 * (options.rounds + 1);
      await contender.fill(0, 10 + spare);
      contender.spare = await spareIds(contender, 10, spare);
    }
    for (let round = 0; round <= options.rounds; round += 1) {
      say(`sixteen writers on one group, round ${round}`);
      for (const contender of contenders) {
        const group = await makeGroup(contender, 10);
        const tolerated = contender.id === 'gatehouse' ? [] : [409];
        const measured = await add(contender, generator, postgres, group, 300, {
          connections: 16,
          tolerated,
        });
        if (round > 0) results.push({ round, id: contender.id, ...measured });
      }
    }
    const conflicts = ({ statuses }) => (100 * (statuses[409] ?? 0)) / 300;
    return [
      '## PATCH of one group by sixteen writers, 300 new members',
      measuredTable(contenders, results, [['answered 409, %', conflicts]]),
      ratioTable(results, [{ peer: 'polis', target: 1.5 }, { peer: 'better-auth' }, { peer: 'floor' }]),
    ].join('\n\n');
  });
}

const whole = (count) => (count >= 100 ? number(count) : String(count));

/** Some groups must not grow much. */
const atOnce = (contender) => Math.min(AT_ONCE, Math.floor(sizeOf(contender) / 32));

const sizeOf = ({ largestGroup = 100_000 }) => largestGroup;

function spareIds(contender, from, count) {
  if (contender.userIds) return contender.userIds(from, from + count);
  return Array.from({ length: count }, (_, n) => `nobody-${n}`);
}

async function makeGroup(contender, size) {
  const name = `Group of ${size} ${Math.random()}`;
  if (contender.makeGroup) return contender.makeGroup(name, size);
  const [{ path, headers }] = contender.tenants;
  const response = await fetch(`http://127.0.0.1:${contender.server.port}${path}/Groups`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/scim+json' },
    body: JSON.stringify(groupBody(name)),
  });
  const { id } = await response.json();
  if (response.status !== 201) throw new Error(`${contender.name} made no group: ${response.status}`);
  await contender.fillGroup(id, size);
  return id;
}

/** New people into a group, one request for each; all of them, and nobody else, have to be in it then. */
async function add(contender, generator, postgres, group, count, { connections = 1, tolerated = [] } = {}) {
  const [{ path, headers }] = contender.tenants;
  const values = contender.spare.splice(0, count);
  if (values.length < count) throw new Error(`${contender.name} has nobody left to add`);
  const before = await contender.membersOf?.(group);
  const result = await generator.run({
    port: contender.server.port,
    connections,
    processes: metered(contender, postgres),
    requests: [{ method: 'PATCH', path: `${path}/Groups/${group}`, headers, body: MEMBER_TEMPLATE }],
    values,
    once: true,
    statuses: [200, 204, ...tolerated],
  });
  expectNoFaults(contender, 'PATCH of a group', result);
  if (contender.membersOf) {
    const after = await contender.membersOf(group);
    const refused = result.statuses[409] ?? 0;
    const come = values.filter((id) => after.has(id)).length;
    if (come !== count - refused || after.size !== before.size + come)
      throw new Error(`${contender.name}: ${come} of ${count - refused} members came into the group`);
  }
  return result;
}

function growth(contenders, medians) {
  const at = (id, size, what) => medians.get(`${id} ${size}`)?.[what];
  const shown = (value) => (value === undefined ? 'refused' : number(value));
  return [
    table(
      ['p50 ms', ...SIZES.map(whole)],
      contenders.map(({ id, name }) => [name, ...SIZES.map((size) => shown(at(id, size, 'p50')))]),
    ),
    growthLine(
      'ours from a group of 10 to one of 100 000, in p50',
      at('gatehouse', 100_000, 'p50') / at('gatehouse', 10, 'p50'),
      1.2,
    ),
    growthLine(
      'the same in CPU of server and PostgreSQL',
      at('gatehouse', 100_000, 'cpu') / at('gatehouse', 10, 'cpu'),
      1.2,
    ),
  ].join('\n\n');
}
