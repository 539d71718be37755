import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port';

const ROOT = join(__dirname, '../..');

/** The service in a process of its own, for tests that kill it. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  /** Everything it wrote to its console so far. */
  output = '';

  private constructor(
    readonly port: number,
    private readonly environment: Record<string, string>,
  ) {}

  static async with(environment: Record<string, string>): Promise<ServiceProcess> {
    return new ServiceProcess(await freePort(), environment);
  }

  get baseUrl(): string {
    return `http://localhost:${this.port}`;
  }

  get pid(): number {
    return this.child!.pid!;
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const arguments_ = [
      '--require',
      join(ROOT, 'test/support/run-typescript.cjs'),
      join(ROOT, 'src/main.ts'),
    ];
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, arguments_, {
      cwd: ROOT,
      env: {
        PATH,
        HOME,
        NODE_ENV: 'test',
        PORT: String(this.port),
        RATE_LIMITS: 'off',
        DEMO: '0',
        ...this.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    for (let tries = 0; tries < 900; tries += 1) {
      if (child.exitCode !== null) {
        await closed(child);
        throw new Error(`The service ended at start:\n${this.output}`);
      }
      const ready = await fetch(`${this.baseUrl}/health/ready`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The service did not become ready:\n${this.output}`);
  }

  /** Ends it with this signal and waits until it is gone; answers its exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill(signal);
    return gone;
  }
}

/** Once its output has been read to the end. */
async function closed(child: ChildProcess): Promise<void> {
  if (!child.stdout?.readableEnded) await new Promise((resolve) => child.once('close', resolve));
}

/** Where the embedded server of this data directory listens, and its superuser's password. */
export function embeddedServer(dataDir: string): { port: number; password: string } {
  const password = readFileSync(join(dataDir, 'postgres/cluster/password'), 'utf8').trim();
  return { port: Number(postmasterFile(dataDir)[3]), password };
}

function postmasterFile(dataDir: string): string[] {
  return readFileSync(join(dataDir, 'postgres/cluster/data/postmaster.pid'), 'utf8').split('\n');
}

/** The process id of the PostgreSQL server in this data directory of the service. */
export function postmasterPid(dataDir: string): number {
  return Number(postmasterFile(dataDir)[0]);
}
