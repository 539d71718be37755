import { createServer, type Server } from 'node:net';

/** The variable in which the workers of a run find its place. */
export const PLACE_OF_RUN = 'GATEHOUSE_TEST_RUN';

/** Whoever listens on one of these has the place that goes with it. */
const FIRST = 19_990;
const PLACES = 6;

/** Takes a place among the runs of this machine, until it is given up: runs in different places use different ports. */
export async function takePlace(): Promise<{ readonly place: number; giveUp(): void }> {
  for (let place = 0; place < PLACES; place += 1) {
    const held = await listening(FIRST + place);
    if (held) return { place, giveUp: () => held.close() };
  }
  throw new Error(`${PLACES} runs of the tests are under way on this machine: wait for one of them to end.`);
}

function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server
      .once('error', () => resolve(undefined))
      .once('listening', () => resolve(server.unref()))
      .listen(port, '127.0.0.1');
  });
}
