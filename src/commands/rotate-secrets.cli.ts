import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { runCommand } from './command';
import { Config } from '../config/config';
import { httpAdapter } from '../configure-app';
import { onServiceDatabase } from '../database/service-database';
import { PinoLogger } from '../http/pino-logger';
import { EveryWorkspace } from '../schedule/every-workspace';
import { DataKeyRotation } from '../secrets/rotation/data-key-rotation.service';
import { Rewrapping } from '../secrets/rotation/rewrapping.service';
import { startFailure } from '../start-failure';

/**
 * `npm run secrets:rotate [-- --data-keys]`, beside the running service: seals anew under ENCRYPTION_KEY what others
 * sealed; with --data-keys, every workspace gets a new data key as well. What was interrupted goes on.
 */
async function run(given: ReadonlySet<string>): Promise<void> {
  const config = new Config(process.env);
  await onServiceDatabase(config, (databaseUrl) => rotate(config, databaseUrl, given.has('data-keys')));
}

async function rotate(config: Config, databaseUrl: string, withDataKeys: boolean): Promise<void> {
  // As the service is, but it listens to nobody.
  const app = await NestFactory.create(AppModule.with(config, databaseUrl), httpAdapter(), {
    logger: new PinoLogger('warn', 2),
    abortOnError: false,
  });
  await app.init();
  try {
    const rotation = app.get(DataKeyRotation, { strict: false });
    if (withDataKeys) {
      const begin = async (): Promise<void> => void (await rotation.begin());
      await app.get(EveryWorkspace).inEach(begin, new AbortController().signal);
    }
    await rotation.finishAll();
    const { rewrapped, unreadable, waiting } = await app.get(Rewrapping, { strict: false }).finish();
    console.log(`Sealed anew: ${rewrapped}. Open under no key: ${unreadable}.`);
    if (waiting > 0) console.log(`In use at this moment, or written since: ${waiting}. Run this again.`);
    if (unreadable + waiting > 0) process.exitCode = 1;
    else console.log('Nothing is left under ENCRYPTION_KEY_PREVIOUS.');
  } finally {
    await app.close();
  }
}

void runCommand({
  usage:
    'npm run secrets:rotate [-- --data-keys]: seals anew under ENCRYPTION_KEY what others sealed; with --data-keys, every workspace gets a new data key as well.',
  flags: ['data-keys'],
  work: run,
  explained: startFailure,
});
