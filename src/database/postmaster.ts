import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The server process that has a data directory open, as it describes itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
}

/** The live server of this data directory, or undefined when none runs. */
export function readPostmaster(data: string): Postmaster | undefined {
  const postmaster = parse(readPidFile(data));
  return postmaster && isServerOf(data, postmaster.pid) ? postmaster : undefined;
}

/**
 * A killed server leaves its `postmaster.pid` behind. PostgreSQL clears that up by itself, except when the number
 * belongs to another process by now, or to a zombie that nobody reaps (both common in containers): then it takes
 * the stranger for a running server and refuses to start.
 */
export function setAsideStalePidFile(data: string): void {
  const stale = readPidFile(data);
  if (stale === undefined || readPostmaster(data)) return;
  const pidFile = join(data, 'postmaster.pid');
  const aside = `${pidFile}.stale-${process.pid}`;
  try {
    renameSync(pidFile, aside);
  } catch {
    return; // Another process that starts at the same moment was faster.
  }
  // Between our look and the rename a server may have started: its file goes back. A linked file cannot
  // overwrite one that is even newer.
  if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, pidFile);
  rmSync(aside);
}

function readPidFile(data: string): string | undefined {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Lines of the file: pid, data directory, start time, port, … A server that has just begun has written less. */
function parse(pidFile: string | undefined): Postmaster | undefined {
  const lines = pidFile?.split('\n') ?? [];
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 0 && port > 0 ? { pid, port } : undefined;
}

/** A pid alone proves nothing; the command line of the server names its data directory. A zombie has none. */
function isServerOf(data: string, pid: number): boolean {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data);
    }
    if (process.platform === 'win32') {
      process.kill(pid, 0);
      return true;
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(data);
  } catch {
    return false;
  }
}
