import { startBetterAuth } from './contenders/better-auth.mjs';
import { startFloor } from './contenders/floor.mjs';
import { startGatehouse } from './contenders/gatehouse.mjs';
import { startPolis } from './contenders/polis.mjs';
import { startScimmy } from './contenders/scimmy.mjs';

const STARTS = {
  gatehouse: async ({ gatehouse, fresh }) => startGatehouse(gatehouse, await fresh('gatehouse')),
  polis: async ({ fresh }) => startPolis(await fresh('polis')),
  'better-auth': async ({ fresh }) => startBetterAuth(await fresh('better_auth')),
  scimmy: async () => startScimmy(),
  floor: async ({ fresh }) => startFloor(await fresh('floor')),
};

/** Starts contenders on empty databases, lets `work` have them, and stops them whatever happens. */
export async function withContenders({ gatehouse, postgres, options, say }, names, work) {
  const contenders = [];
  const fresh = (name) => postgres.freshDatabase(`bench_scim_${name}`);
  try {
    for (const name of names.filter((one) => options.against.includes(one))) {
      say(`starting ${name}`);
      contenders.push(await STARTS[name]({ gatehouse, fresh }));
    }
    return await work(contenders);
  } finally {
    for (const { server } of contenders.reverse()) await server.stop();
  }
}

/** Who had their long warm-up. */
const warm = new WeakSet();
const AGAIN_SECONDS = 1.5;

/**
 * A warm-up, long for whoever had none yet, then every contender once in every round, in rotating order. Answers
 * [{round, id, …}].
 */
export async function inRounds({ options, say }, contenders, measure) {
  for (const contender of contenders) {
    say(`  warming up: ${contender.name}`);
    await measure(contender, warm.has(contender) ? Math.min(AGAIN_SECONDS, options.warm) : options.warm);
    warm.add(contender);
  }
  const results = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`  round ${round} of ${options.rounds}`);
    for (const contender of rotated(contenders, round)) {
      results.push({ round, id: contender.id, ...(await measure(contender, options.seconds)) });
    }
  }
  return results;
}

function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
