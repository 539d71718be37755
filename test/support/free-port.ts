import { createServer } from 'node:net';
import { PLACE_OF_RUN } from './place-of-run';

/**
 * What each worker of each run of the tests has for itself, below those that the system gives to whoever wants any: six
 * runs at a time, of eight workers each.
 */
const FIRST = 20_000;
const WORKERS = 8;
const EACH = 250;

let given = 0;

/**
 * A port that nobody listens on, and that no server of another test is given before the one it is meant for listens:
 * whoever waited for that one would take the other for it.
 */
export async function freePort(): Promise<number> {
  const place = Number(process.env[PLACE_OF_RUN] ?? 0);
  const worker = Number(process.env.JEST_WORKER_ID ?? 1) % WORKERS;
  const mine = FIRST + EACH * (WORKERS * place + worker);
  for (let tries = 0; tries < EACH; tries += 1) {
    const port = mine + (given++ % EACH);
    if (await isFree(port)) return port;
  }
  throw new Error(`Somebody listens on each of the ports from ${mine} on.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .once('listening', () => server.close(() => resolve(true)))
      .listen(port);
  });
}
