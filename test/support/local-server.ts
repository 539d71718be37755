import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE_MS = 60_000;

/**
 * A server of somebody else's in a process of its own, run in a directory. It ends when the test does,
 * however that ends: a shell beside it reads standard input to the end and then stops it.
 */
export class LocalServer {
  private readonly child: ChildProcess;
  private output = '';

  /** A directory for its files; whoever makes it removes it. */
  static directory(name: string): string {
    return mkdtempSync(join(tmpdir(), `gatehouse-${name}-`));
  }

  constructor(command: readonly string[], directory: string, environment: Record<string, string>) {
    const watched = '"$@" & server=$!; cat >/dev/null; kill $server; wait $server';
    this.child = spawn('/bin/sh', ['-c', watched, 'sh', ...command], {
      cwd: directory,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: directory, TMPDIR: directory, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-20_000)));
  }

  /** Resolves once the address answers with a good status, or with that one; rejects with what the server wrote when it does not. */
  async answersAt(url: string, status?: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline && this.child.exitCode === null) {
      const answer = await fetch(url).catch(() => undefined);
      if (status === undefined ? answer?.ok : answer?.status === status) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${url} does not answer.\n${this.output}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.stdin?.end();
      await gone;
    }
  }
}
