import { createServer } from 'node:net';

/** What each worker of the tests has for itself, below those that the system gives to whoever wants any. */
const FIRST = 20_000;
const EACH = 500;

let given = 0;

/**
 * A port that nobody listens on, and that no server of another test is given before the one it is meant for listens:
 * whoever waited for that one would take the other for it.
 */
export async function freePort(): Promise<number> {
  const mine = FIRST + EACH * (Number(process.env.JEST_WORKER_ID ?? 1) % 20);
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
