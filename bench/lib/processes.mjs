import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const START_SECONDS = 180;

/** Servers get one core, the load generator another; PostgreSQL goes where it likes. */
const SERVER_CORE = 0;
const LOAD_CORE = 1;

export const canPin =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', String(SERVER_CORE), 'true']).status === 0;

/** Starts `node <script>`, on the servers' core unless it may use all, and waits until it answers HTTP on `port`. */
export async function startServer(script, { port, env, cwd, allCores = false }) {
  const node = [process.execPath, script];
  const [command, ...args] = allCores ? node : pinned(SERVER_CORE, node);
  const child = spawn(command, args, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'inherit' });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}.`);
  });
  ended.catch(() => undefined);
  await Promise.race([ended, answers(port)]);
  return { port, pid: child.pid, stop: () => stop(child) };
}

/** The load generator on its core: `run(plan)` as in load-process.mjs, or in another script that answers as it does. */
export function startLoadGenerator(script = fileURLToPath(new URL('load-process.mjs', import.meta.url))) {
  const child = fork(script, { execArgv: [] });
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(child.pid)]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${code}.`);
  });
  ended.catch(() => undefined);
  return {
    async run(plan) {
      child.send(plan);
      const [{ result, error }] = await Promise.race([once(child, 'message'), ended]);
      if (error) throw new Error(error);
      return result;
    },
    stop: () => stop(child),
  };
}

export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function pinned(core, command) {
  return canPin ? ['taskset', '-c', String(core), ...command] : command;
}

/** Nothing of the caller's shell may decide how a server runs. */
function cleanEnvironment() {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), NODE_ENV: 'production' };
}

async function answers(port) {
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    try {
      await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
