import { dirname, extname, join } from 'node:path';
import type { PoolTerms } from './worker-pool';

/**
 * The module `<name>.worker` that stands beside a file, as built or as written. Run from its sources, this process was
 * told how to read TypeScript, and so must its threads be.
 */
export function workerBeside(file: string, name: string): Pick<PoolTerms, 'file' | 'execArgv'> {
  const extension = extname(file);
  return {
    file: join(dirname(file), `${name}.worker${extension}`),
    execArgv: extension === '.ts' ? process.execArgv : undefined,
  };
}
