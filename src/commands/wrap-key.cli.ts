import { randomBytes } from 'node:crypto';
import { runCommand } from './command';
import { Config } from '../config/config';
import { wrapKey } from '../crypto/key-command';

/** `npm run secrets:wrap-key`: makes an encryption key, has it wrapped, and prints what belongs into ENCRYPTION_KEY. */
async function run(): Promise<void> {
  // The key that is to be made cannot be there yet.
  const { encryptionKeyCommand } = new Config({
    ...process.env,
    ...{ NODE_ENV: 'development', ENCRYPTION_KEY: 'A'.repeat(43), ENCRYPTION_KEY_PREVIOUS: '' },
  });
  if (!encryptionKeyCommand) throw new Error('ENCRYPTION_KEY_COMMAND names the program that wraps; set it.');
  console.log(await wrapKey(encryptionKeyCommand, randomBytes(32)));
}

void runCommand({
  usage:
    'npm run secrets:wrap-key: makes a key, has ENCRYPTION_KEY_COMMAND wrap it, and prints what belongs into ENCRYPTION_KEY.',
  work: run,
});
