import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A directory and those above it, unless they are there; `mode` is that of all it makes. Throws what the system says of
 * the first one that cannot be made. Node.js by itself (`recursive`) tries for ever where one cannot be made although the
 * directory above it is there, as in /proc.
 */
export function makeDirectory(path: string, mode?: number): void {
  if (isDirectory(path)) return;
  const above = dirname(path);
  if (above !== path) makeDirectory(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (failure) {
    // Somebody else may have made it at the same moment.
    if (!isDirectory(path)) throw failure;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
