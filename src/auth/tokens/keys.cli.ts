import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Config } from '../../config/config';
import { ConfigModule } from '../../config/config.module';
import { CryptoModule } from '../../crypto/crypto.module';
import { DatabaseModule } from '../../database/database.module';
import { onServiceDatabase } from '../../database/service-database';
import { SigningKeyStore } from './signing-key-store.service';

const USAGE = `What to do with the keys that sign access tokens:
  npm run keys -- list           all of them, and what each is at
  npm run keys -- rotate         publish a new one, which takes over by itself a while later
  npm run keys -- revoke <kid>   withdraw one that leaked: what it signed is refused at once`;

@Module({ providers: [SigningKeyStore] })
class KeysModule {}

/** Works through the database on whatever instances run: they hear of it at once. */
async function run([command, kid]: readonly string[]): Promise<string> {
  if (
    !['list', 'rotate', 'revoke'].includes(command ?? '') ||
    (command === 'revoke') !== (kid !== undefined)
  ) {
    throw new Error(USAGE);
  }
  const config = new Config(process.env);
  return onServiceDatabase(config, (databaseUrl) => runOn(databaseUrl, config, command!, kid));
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
  if (command === 'rotate') return `${await keys.publish()} is published and takes over by itself.`;
  if (command === 'revoke') {
    if (!(await keys.revoke(kid!))) throw new Error(`There is no key ${kid} that could be revoked.`);
    return `${kid} is revoked. Run \`npm run keys -- list\` to see what signs now.`;
  }
  const states = await keys.states();
  return states
    .map((key) => `${key.kid}  ${key.state.padEnd(8)}  since ${key.activeFrom.toISOString()}`)
    .join('\n');
}

run(process.argv.slice(2)).then(
  (text) => console.log(text),
  (failure: unknown) => {
    console.error(failure instanceof Error ? failure.message : failure);
    process.exit(1);
  },
);
