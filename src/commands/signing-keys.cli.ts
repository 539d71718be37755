import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SigningKeyStore } from '../auth/tokens/signing-key-store.service';
import { runCommand } from './command';
import { Config } from '../config/config';
import { ConfigModule } from '../config/config.module';
import { CryptoModule } from '../crypto/crypto.module';
import { DatabaseModule } from '../database/database.module';
import { onServiceDatabase } from '../database/service-database';
import { startFailure } from '../start-failure';

@Module({ providers: [SigningKeyStore] })
class KeysModule {}

/** Works through the database on whatever instances run: they hear of it at once. */
async function run(_: ReadonlySet<string>, [command, kid]: readonly string[]): Promise<void> {
  const config = new Config(process.env);
  console.log(await onServiceDatabase(config, (databaseUrl) => runOn(databaseUrl, config, command!, kid)));
}

async function runOn(databaseUrl: string, config: Config, command: string, kid?: string): Promise<string> {
  const imports = [ConfigModule.with(config), CryptoModule, DatabaseModule.with(databaseUrl, 1, [])];
  const app = await NestFactory.createApplicationContext(
    { module: KeysModule, imports, providers: [SigningKeyStore] },
    { logger: false, abortOnError: false },
  );
  try {
    return await answer(app.get(SigningKeyStore), command, kid);
  } finally {
    await app.close();
  }
}

async function answer(keys: SigningKeyStore, command: string, kid: string | undefined): Promise<string> {
  if (command === 'rotate') {
    const made = await keys.publish();
    const { activeFrom } = (await keys.states()).find((key) => key.kid === made)!;
    return `${made} is published and takes over by itself at ${activeFrom.toISOString()}.`;
  }
  if (command === 'revoke') {
    if (!(await keys.revoke(kid!))) throw new Error(`There is no key ${kid} that could be revoked.`);
    return `${kid} is revoked. Run \`npm run keys -- list\` to see what signs now.`;
  }
  const states = await keys.states();
  return states
    .map((key) => `${key.kid}  ${key.state.padEnd(8)}  since ${key.activeFrom.toISOString()}`)
    .join('\n');
}

void runCommand({
  usage:
    'npm run keys -- list | rotate | revoke <kid>: lists the keys that sign access tokens; publishes a new one, which takes over by itself a while later; withdraws one that leaked, and what it signed is refused at once.',
  takes: ([command = '', ...others]) =>
    ['list', 'rotate', 'revoke'].includes(command) && others.length === (command === 'revoke' ? 1 : 0),
  work: run,
  explained: startFailure,
});
