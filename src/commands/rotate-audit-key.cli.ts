import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { SealKeyRotation } from '../audit/seals/seal-key-rotation.service';
import { runCommand } from './command';
import { Config } from '../config/config';
import { httpAdapter } from '../configure-app';
import { onServiceDatabase } from '../database/service-database';
import { PinoLogger } from '../http/pino-logger';
import { startFailure } from '../start-failure';

/** `npm run audit:rotate-key`: a new key signs audit logs from now on. The service may go on running. */
async function run(): Promise<void> {
  const config = new Config(process.env);
  await onServiceDatabase(config, (databaseUrl) => rotate(config, databaseUrl));
}

async function rotate(config: Config, databaseUrl: string): Promise<void> {
  // The whole house, as some rooms add routes when they begin; it does not listen.
  const app = await NestFactory.create(AppModule.with(config, databaseUrl), httpAdapter(), {
    logger: new PinoLogger('error', 2),
    abortOnError: false,
  });
  try {
    await app.init();
    const { keyId, publicKey, previousKeyId } = await app.get(SealKeyRotation).now();
    console.log(
      `The key ${keyId} follows ${previousKeyId}. Its public half, to be kept elsewhere: ${publicKey}`,
    );
  } finally {
    await app.close();
  }
}

void runCommand({
  usage: 'npm run audit:rotate-key: makes a new key that signs audit logs from now on.',
  work: run,
  explained: startFailure,
});
