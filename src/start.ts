import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { Config } from './config/config';
import { configureApp, httpAdapter } from './configure-app';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './database/embedded-postgres';
import { PinoLogger } from './http/pino-logger';
import { stopOnSignals } from './http/shutdown';

/** Configuration, database, application, listen; and the way back on a signal. */
export async function start(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = new Config(environment);
  const logger = new PinoLogger(config.logLevel);
  let embedded: EmbeddedPostgres | undefined;
  if (!config.databaseUrl) {
    embedded = await startEmbeddedPostgres({
      directory: join(config.dataDir, 'postgres'),
      database: 'gatehouse',
    });
    logger.log(`Embedded PostgreSQL on port ${embedded.port}`, 'Database');
  }
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(config, config.databaseUrl ?? embedded!.url),
    httpAdapter(),
    { logger, abortOnError: false },
  );
  await configureApp(app, config);
  stopOnSignals(app, async () => embedded?.stop());
  await app.listen(config.port, config.host);
  logger.log(`Listening on ${config.host}:${config.port}, seen as ${config.publicUrl}`, 'Gatehouse');
}
