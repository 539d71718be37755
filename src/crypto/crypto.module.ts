import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { Config, ConfigError } from '../config/config';
import { makeDirectory } from '../config/make-directory';
import { unwrapKey } from './key-command';
import { Keyring } from './keyring';

@Global()
@Module({
  providers: [{ provide: Keyring, inject: [Config], useFactory: keyringOf }],
  exports: [Keyring],
})
export class CryptoModule {}

/** The keys of the operator; those that a key management service keeps are unwrapped once, at the start. */
async function keyringOf(config: Config): Promise<Keyring> {
  const [key, ...others] = await Promise.all(
    [config.encryptionKey ?? keyOfDataDir(config), ...config.encryptionKeysPrevious].map((text) =>
      keyOf(config, text),
    ),
  );
  return new Keyring(key!, others);
}

async function keyOf({ encryptionKeyCommand: command }: Config, text: string): Promise<Buffer> {
  if (!command) return Buffer.from(text, 'base64');
  try {
    const key = await unwrapKey(command, text);
    if (key.length !== 32) throw new Error('What it unwrapped is no key of 32 bytes.');
    return key;
  } catch (failure) {
    throw new ConfigError(`ENCRYPTION_KEY_COMMAND failed: ${(failure as Error).message}`);
  }
}

/** Made once and kept beside the embedded database (never in production). */
function keyOfDataDir({ dataDir }: Config): string {
  const file = join(dataDir, 'encryption.key');
  makeDirectory(dataDir);
  try {
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure;
  }
  return readFileSync(file, 'utf8');
}
