import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Ctrl-C reaches npm and what npm runs, and npm hands it on: what comes within this time is the same signal once more. Taken
 * for a second one, it would leave the embedded database running.
 */
const SAME_SIGNAL_MS = 1_000;

/**
 * On SIGTERM or SIGINT: take no new connections, let requests in flight finish, then stop. A second signal, or
 * `patienceMs` without an end, stops at once. Answers whether it is stopping.
 */
export function stopOnSignals(
  app: NestFastifyApplication,
  afterwards: () => Promise<void>,
  patienceMs = 15_000,
): () => boolean {
  let stoppingSince: number | undefined;
  const stop = async (): Promise<void> => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    setTimeout(() => process.exit(1), patienceMs).unref();
    await app.close();
    await afterwards();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  return () => stoppingSince !== undefined;
}

/**
 * While the service stops, whatever still arrives on a connection that is open is done, and each answer is the last one of
 * its connection: a client that keeps its connections would otherwise keep the service from stopping. Answers what is to
 * be told of each answer, before and after it is sent; hooks of its own would cost each of them.
 */
export function endConnectionsWhileStopping(fastify: FastifyInstance): {
  readonly beforeSent: (reply: FastifyReply) => void;
  readonly afterSent: (reply: FastifyReply) => void;
} {
  let stopping = false;
  fastify.addHook('preClose', (done) => {
    stopping = true;
    done();
  });
  return {
    beforeSent: ({ raw }) => {
      if (stopping) raw.shouldKeepAlive = false;
    },
    afterSent: ({ raw }) => {
      // One that had begun before could not say so any more.
      if (stopping && raw.shouldKeepAlive) setImmediate(() => fastify.server.closeIdleConnections());
    },
  };
}
