import { dirname, extname, join } from 'node:path';
import type { PoolTerms } from './worker-pool';

/**
 * The worker module `<name>.worker` in the folder of `file`, compiled or TypeScript. When this process runs from
 * TypeScript sources, its threads get the same loader options.
 */
export function workerBeside(file: string, name: string): Pick<PoolTerms, 'file' | 'execArgv'> {
  const extension = extname(file);
  return {
    file: join(dirname(file), `${name}.worker${extension}`),
    execArgv: extension === '.ts' ? process.execArgv : undefined,
  };
}
