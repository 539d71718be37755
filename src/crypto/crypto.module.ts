import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { Config } from '../config/config';
import { Keyring } from './keyring';

@Global()
@Module({
  providers: [
    {
      provide: Keyring,
      inject: [Config],
      useFactory: (config: Config) => new Keyring(encryptionKey(config)),
    },
  ],
  exports: [Keyring],
})
export class CryptoModule {}

/** The operator's key, or one made once and kept beside the embedded database (never in production). */
function encryptionKey(config: Config): Buffer {
  if (config.encryptionKey) return Buffer.from(config.encryptionKey, 'base64');
  const file = join(config.dataDir, 'encryption.key');
  mkdirSync(config.dataDir, { recursive: true });
  try {
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure;
  }
  return Buffer.from(readFileSync(file, 'utf8'), 'base64');
}
