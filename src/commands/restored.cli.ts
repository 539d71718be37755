import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { runCommand } from './command';
import { Config } from '../config/config';
import { httpAdapter } from '../configure-app';
import { migrate } from '../database/migrate';
import { refuseUnrestored } from '../database/service-database';
import { PinoLogger } from '../http/pino-logger';
import { AdminMail } from '../mail/admin-mail';
import { BackupRestore } from '../backup-restore/backup-restore.service';
import { startFailure } from '../start-failure';

/** `npm run restored`, after the database was restored from a backup and before anybody is let in again. */
async function run(): Promise<void> {
  const config = new Config(process.env);
  if (!config.databaseUrl) throw new Error('DATABASE_URL names the database of the service; set it.');
  // Tables that were made here would be in the way of a backup that is restored only now.
  await refuseUnrestored(config.databaseUrl);
  // A backup may be older than this version.
  await migrate(config.databaseUrl);
  // The whole house, as some rooms add routes when they begin; it does not listen.
  const app = await NestFactory.create(AppModule.with(config, config.databaseUrl), httpAdapter(), {
    logger: new PinoLogger('warn', 2),
    abortOnError: false,
  });
  await app.init();
  try {
    const { workspaces, sessionsEnded } = await app.get(BackupRestore).settle();
    console.log(
      workspaces === 0
        ? 'This was done before, and nothing has happened since. Nothing was changed.'
        : `Sessions ended: ${sessionsEnded}, in ${workspaces} workspaces. Their admins are told by mail.`,
    );
    await app.get(AdminMail, { strict: false }).settled();
  } finally {
    await app.close();
  }
}

void runCommand({
  usage:
    'npm run restored: after a restore from a backup, ends all sessions and tells the admins what to look through.',
  work: run,
  explained: startFailure,
});
