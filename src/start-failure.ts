import { UnknownEncryptionKey } from './crypto/keyring';
import { explained, StartError } from './database/start-error';

const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Something else listens at HOST and PORT already.',
  EACCES: 'This user may not listen at PORT.',
  EADDRNOTAVAIL: 'HOST is no address of this machine.',
};

/**
 * Why the service did not start, as one sentence for whoever can mend it; what nobody foresaw stays as it is, with where
 * it came from. Of the database, what `migrate` did not meet already.
 */
export function startFailure(failure: unknown): unknown {
  if (failure instanceof UnknownEncryptionKey) {
    return new StartError(
      'ENCRYPTION_KEY does not open what this database holds: set the key of before, or name it in ENCRYPTION_KEY_PREVIOUS.',
    );
  }
  const { code, syscall, path } = (failure ?? {}) as { code?: string; syscall?: string; path?: string };
  if (code === undefined || syscall === undefined) return explained(failure);
  if (syscall === 'getaddrinfo') return new StartError(`HOST is no address of this machine. (${code})`);
  if (syscall === 'listen' && LISTENING[code]) return new StartError(`${LISTENING[code]} (${code})`);
  // Files: the directory for data and what stands in it.
  if (path !== undefined)
    return new StartError(`${path} cannot be used: see DATA_DIR. (${code}, ${syscall})`);
  return failure;
}
