import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { Config } from './config/config';
import { oversightsIn } from './config/oversights';
import { configureApp, httpAdapter } from './configure-app';
import type { EmbeddedPostgres } from './database/embedded-postgres';
import { migrate } from './database/migrate';
import { startOwnPostgres } from './database/service-database';
import { Demo } from './demo/demo';
import { PinoLogger } from './http/pino-logger';
import { stopOnSignals } from './server/shutdown';
import { startFailure } from './start-failure';

/**
 * Reads the configuration, starts the database, runs the migrations, builds the application and listens; on a signal
 * it stops everything again. Throws ConfigError and StartError for causes that an operator can fix.
 */
export async function start(environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await startAll(environment);
  } catch (failure) {
    throw startFailure(failure);
  }
}

async function startAll(environment: NodeJS.ProcessEnv): Promise<void> {
  const settings = new Config(environment);
  const logger = new PinoLogger(settings.logLevel);
  const embedded = await startDatabase(settings, logger);
  let isStopping = (): boolean => false;
  let app: NestFastifyApplication | undefined;
  try {
    const databaseUrl = settings.databaseUrl ?? embedded!.url;
    const ran = await migrate(databaseUrl);
    if (ran.length > 0) logger.log(`Migrations ran: ${ran.join(', ')}`, 'Database');
    const demo = settings.demo ? await Demo.start(settings) : undefined;
    const config = demo ? new Config(demo.environment(environment)) : settings;
    app = await NestFactory.create<NestFastifyApplication>(
      AppModule.with(config, databaseUrl),
      httpAdapter(),
      { logger, abortOnError: false },
    );
    await configureApp(app, config);
    isStopping = stopOnSignals(app, async () => {
      await demo?.stop();
      await embedded?.stop();
    });
    await app.init();
    // Before listen(), so that the demo's data is there as soon as the service answers.
    const guide = await demo?.open(app, config);
    await app.listen(config.port, config.host);
    logger.log(`Listening on ${config.host}:${config.port}, seen as ${config.publicUrl}`, 'Gatehouse');
    for (const oversight of oversightsIn(config)) logger.warn(oversight, 'Config');
    if (!guide) return;
    await logger.written();
    process.stdout.write(guide);
  } catch (failure) {
    // A signal came during start-up: its handler has closed the database, which made the rest fail, and ends the
    // process.
    if (isStopping()) return;
    // First stops the background jobs: they would log the loss of the database around the one error that counts.
    await app?.close().catch(() => undefined);
    // The embedded server is not a child process, so it would go on running after this process.
    await embedded?.stop();
    throw failure;
  }
}

async function startDatabase(config: Config, logger: PinoLogger): Promise<EmbeddedPostgres | undefined> {
  if (config.databaseUrl) return undefined;
  const embedded = await startOwnPostgres(config);
  logger.log(`Embedded PostgreSQL on port ${embedded.port}`, 'Database');
  return embedded;
}
