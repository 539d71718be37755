import { execFile, execFileSync } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { StartError } from './start-error';

const execute = promisify(execFile);

/** English messages and UTC on every machine, and none of the service's environment variables, which hold secrets. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/**
 * The operating-system account of the embedded server: that of the service, or an unprivileged one when the service
 * runs as root, because PostgreSQL refuses to run as root.
 */
export interface ServerAccount {
  /** Makes a file or directory belong to the account. */
  own(path: string): void;
  run(program: string, args: string[]): Promise<{ stdout: string; stderr: string }>;
}

/**
 * Chooses an account that can enter `directory` and execute `program`. `cluster` is the data directory; when it
 * exists, its owner must run the server. Throws an Error with one sentence when no account can.
 */
export async function chooseServerAccount(
  directory: string,
  cluster: string,
  program: string,
): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) {
    refuseForeignDirectory(directory);
    return { own: () => undefined, run: runner([]) };
  }
  const { uid, gid } = existsSync(cluster) ? statSync(cluster) : unprivilegedAccount();
  const own = (path: string) => chownSync(path, uid, gid);
  own(directory);
  for (const account of [
    { own, run: runner([], { uid, gid }) },
    { own, run: runner(passingClosedParents(uid, gid)) },
  ]) {
    if (await canUse(account, directory, program)) return account;
  }
  throw new StartError(
    `PostgreSQL does not run as root, and the account with uid ${uid} can enter ${directory} or ${program} neither ` +
      'directly nor through setpriv: start the service as another user, or set DATABASE_URL.',
  );
}

function runner(prefix: string[], account: { uid?: number; gid?: number } = {}): ServerAccount['run'] {
  return (program, args) => {
    const [first, ...rest] = [...prefix, program, ...args] as [string, ...string[]];
    // In `/`, because the account may not be allowed to enter the service's working directory.
    return execute(first, rest, { ...account, cwd: '/', env: ENVIRONMENT });
  };
}

function refuseForeignDirectory(directory: string): void {
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw new StartError(
      `The directory of the embedded database, ${directory}, belongs to another user: ` +
        'start the service as that user (or as root), or set DATA_DIR to a directory of your own.',
    );
  }
}

/** The user `postgres` when the machine has one, otherwise `nobody`. */
function unprivilegedAccount(): { uid: number; gid: number } {
  const id = (flag: string, user: string) =>
    Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', user), gid: id('-g', user) };
    } catch {
      // This machine has no such user: try the next.
    }
  }
  return { uid: 65534, gid: 65534 };
}

/**
 * When root starts the service in a directory that only root can enter (/root, or `mktemp -d`), the server gets the
 * one capability that ignores file permissions, and no other privilege of root. `no_setuid_fixup` makes access(2),
 * with which PostgreSQL looks for its own programs, respect that capability too.
 */
function passingClosedParents(uid: number, gid: number): string[] {
  const only = '-all,+dac_override';
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    `--bounding-set=${only}`,
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
  ];
}

async function canUse(account: ServerAccount, directory: string, program: string): Promise<boolean> {
  try {
    await account.run('/bin/sh', ['-c', 'test -w "$1" && test -x "$2"', 'sh', directory, program]);
    return true;
  } catch {
    return false;
  }
}
