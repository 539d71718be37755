import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * On SIGTERM or SIGINT: take no new connections, let requests in flight finish, then stop. A second signal, or
 * `patienceMs` without an end, stops at once. Answers whether it is stopping.
 */
export function stopOnSignals(
  app: NestFastifyApplication,
  afterwards: () => Promise<void>,
  patienceMs = 15_000,
): () => boolean {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), patienceMs).unref();
    await app.close();
    await afterwards();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  return () => stopping;
}
