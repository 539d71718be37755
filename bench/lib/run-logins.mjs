import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { report } from './login-report.mjs';
import { measure } from './logins.mjs';
import { openPostgres } from './postgres.mjs';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));
/** So many people sign in at the same time where it says so. */
const AT_ONCE = 8;

/**
 * A bench of logins from start to end: whoever `contenders(postgres, keep)` yields is warmed up and measured in
 * rounds, in rotating order. Prints the report of this `kind`, and writes it to the results if it is to be saved.
 * Everything that was started or given to `keep` is stopped again.
 */
export async function runLogins({ name, kind, gatehouse, save, options, contenders: starting }) {
  if (!existsSync(join(gatehouse, 'dist/src/main.js'))) {
    console.error(`There is no build in ${gatehouse}: run \`npm run build\` there first.`);
    process.exit(1);
  }
  const running = [];
  const keep = (started) => {
    running.push(started.server ?? started);
    return started;
  };
  try {
    const postgres = keep(await openPostgres(gatehouse));
    const contenders = [];
    for await (const contender of starting(postgres, keep)) {
      say(`started and filled: ${contender.name}`);
      contenders.push(keep(contender));
    }
    for (const contender of contenders) {
      say(`warming up: ${contender.name}`);
      await measure(contender, postgres, options.warmUp);
    }
    const inRounds = async (how) => {
      const results = [];
      for (let round = 1; round <= options.rounds; round += 1) {
        say(`round ${round} of ${options.rounds}, ${how.atOnce} at once`);
        for (const contender of rotated(contenders, round)) {
          results.push({
            round,
            id: contender.id,
            ...(await measure(contender, postgres, options.logins, how)),
          });
        }
      }
      return results;
    };
    const results = await inRounds({ atOnce: 1 });
    const rush = await inRounds({ atOnce: AT_ONCE });
    const facts = await postgres.facts();
    const text = report(kind, { contenders, results, rush, atOnce: AT_ONCE, facts, options, gatehouse });
    console.log(`\n${text}`);
    if (save) {
      const file = join(RESULTS, `${name}-node${process.versions.node.split('.')[0]}.md`);
      writeFileSync(file, text);
      say(`saved as ${file}`);
    }
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    for (const server of running.reverse()) await server.stop();
  }
}

function rotated(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function say(text) {
  console.error(text);
}
