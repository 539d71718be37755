// One contender in a process of its own: told to, it validates one response after the other for some seconds.
import { performance } from 'node:perf_hooks';
import { CpuMeter } from '../lib/cpu.mjs';
import { CONTENDERS } from './contenders.mjs';

const SUBJECT = 'ada@acme.test';
let validate;

async function subjectOf(base64) {
  try {
    return await validate(base64);
  } catch {
    return undefined;
  }
}

function spentSeconds(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

async function measure({ seconds, good, tampered, judges }) {
  // A run counts only if the contender can tell a good response from one that was tampered with.
  if ((await subjectOf(good)) !== SUBJECT) throw new Error('A good response was refused.');
  if (judges && (await subjectOf(tampered)) !== undefined)
    throw new Error('A tampered response was accepted.');
  const meter = new CpuMeter({ process: { pid: process.pid } });
  const since = process.cpuUsage();
  const before = performance.eventLoopUtilization();
  const start = performance.now();
  let [count, longest] = [0, 0];
  // Seconds of its own CPU time: on a busy machine the window grows, and as much is measured.
  while (spentSeconds(since) < seconds) {
    const begun = performance.now();
    if ((await validate(good)) !== SUBJECT) throw new Error('A good response was refused.');
    longest = Math.max(longest, performance.now() - begun);
    count += 1;
    // As between two requests: the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const milliseconds = performance.now() - start;
  const { active } = performance.eventLoopUtilization(before);
  return {
    perSecond: (count / milliseconds) * 1000,
    cpu: meter.used().process / count,
    blocked: active / count,
    longest,
  };
}

process.on('message', async ({ prepare, run }) => {
  try {
    if (prepare) validate = await CONTENDERS[prepare.id](prepare);
    process.send({ result: prepare ? 'ready' : await measure(run) });
  } catch (error) {
    process.send({ error: error.stack });
  }
});
