import { startEmbeddedPostgres } from '../../src/database/embedded-postgres';

/** A process that uses an embedded server until it is told to stop: `SIGTERM` politely, `SIGKILL` not. */
async function hold(directory: string): Promise<void> {
  const server = await startEmbeddedPostgres({ directory, database: 'held' });
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
  process.stdout.write(`${server.port}\n`);
}

hold(process.argv[2] ?? '').catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
