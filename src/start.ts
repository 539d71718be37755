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
 * Configuration, database, migrations, application, listen; and the way back on a signal. Throws ConfigError and
 * StartError for what an operator can mend.
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
    // Whoever is told that the service is ready finds the demo in it.
    const guide = await demo?.open(app, config);
    await app.listen(config.port, config.host);
    logger.log(`Listening on ${config.host}:${config.port}, seen as ${config.publicUrl}`, 'Gatehouse');
    for (const oversight of oversightsIn(config)) logger.warn(oversight, 'Config');
    if (!guide) return;
    await logger.written();
    process.stdout.write(guide);
  } catch (failure) {
    // What is still beginning finds its database closed; the way back is under way and ends the process.
    if (isStopping()) return;
    // What runs by itself would have much to say about a database that goes, around the one sentence that counts.
    await app?.close().catch(() => undefined);
    // The server would outlive this process, by design.
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
