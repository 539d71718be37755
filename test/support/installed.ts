import { existsSync } from 'node:fs';

/** A Debian package, and a file that is there once it is installed. */
export interface DebianPackage {
  readonly name: string;
  readonly file: string;
}

/**
 * `describe` for tests against software that npm does not bring along. Where it is not installed the tests are
 * skipped, under a name that says which packages are missing.
 */
export function describeWithInstalled(
  title: string,
  packages: readonly DebianPackage[],
  tests: () => void,
): void {
  // A browser and somebody else's server take their time on a busy machine.
  jest.setTimeout(240_000);
  const missing = packages.filter(({ file }) => !existsSync(file)).map(({ name }) => name);
  if (missing.length === 0) return describe(title, tests);
  const reason = `skipped, not installed: ${missing.join(', ')}`;
  // Jest keeps the console of files to itself whose tests are all skipped.
  process.stderr.write(`${title}: ${reason}. CONTRIBUTING.md says how to install it.\n`);
  describe.skip(`${title} (${reason})`, tests);
}
