import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time by the scheduler's own accounting, in microseconds. Other load on the machine moves it far less than it
 * moves rates, so it is the number to trust first. Linux only: elsewhere everything here answers undefined.
 */
export class CpuMeter {
  /** `groups` names what is measured: a process, or a process with all its children. */
  constructor(groups) {
    this.groups = groups;
    this.started = this.read();
  }

  /** Microseconds each group has used since the meter was made. */
  used() {
    const now = this.read();
    return Object.fromEntries(
      Object.keys(this.groups).map((name) => [name, spent(this.started[name], now[name])]),
    );
  }

  read() {
    return Object.fromEntries(
      Object.entries(this.groups).map(([name, { pid, children }]) => [
        name,
        new Map((children ? [pid, ...childrenOf(pid)] : [pid]).map((id) => [id, microsOf(id)])),
      ]),
    );
  }
}

/** A process that ended meanwhile takes its sum along; one that was born meanwhile counts in full. */
function spent(before, after) {
  let sum = 0;
  for (const [pid, micros] of after) {
    if (micros === undefined) return undefined;
    sum += micros - (before.get(pid) ?? 0);
  }
  return sum;
}

/** Over all threads: `/proc/<pid>/schedstat` itself tells the first one only. */
function microsOf(pid) {
  try {
    let nanos = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    }
    return nanos / 1000;
  } catch {
    return undefined;
  }
}

function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Microseconds all CPUs of the machine have worked since it started, in steps of 10 ms. */
export function machineMicros() {
  try {
    const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'latin1')
      .split(/\s+/)
      .map(Number);
    return (user + nice + system + irq + softirq) * 10_000;
  } catch {
    return undefined;
  }
}

/** Resident memory of a process in MB. */
export function memoryOf(pid) {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Math.round(kilobytes / 1024);
  } catch {
    return undefined;
  }
}
