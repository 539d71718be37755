import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

export interface IdpProcessOptions {
  /** 0 or unset: a free one. */
  port?: number;
  /** The host name in the provider's URLs; it listens on the loopback interface only. */
  originHost?: string;
  /** Keeps the signing keys over restarts. */
  stateFile?: string;
  /** Further variables, see the head of the programs in demo/. */
  settings?: Record<string, string>;
}

const PATIENCE_MS = 20_000;

/**
 * An identity provider of the demo/ folder in a process of its own, so that signing in crosses a real network and
 * real foreign code. It ends with its parent, however that ends: it reads its standard input to the end.
 */
export class IdpProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: Interface,
    /** The issuer of the OpenID Provider; the metadata URL, which is the entity id, of the SAML provider. */
    readonly url: string,
  ) {}

  /** Resolves when the provider listens. Rejects with what it wrote to its standard error when it does not. */
  static async start(program: 'oidc-idp' | 'saml-idp', options: IdpProcessOptions = {}): Promise<IdpProcess> {
    const child = spawn(process.execPath, [join(packageRoot(), 'demo', `${program}.mjs`)], {
      env: { ...environment(options), CONTROL: 'stdin' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const complaints: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
    // Writing to a provider that has just ended is no reason to end as well.
    child.stdin.on('error', () => undefined);
    const lines = createInterface({ input: child.stdout });
    try {
      const ready = await nextLine(child, lines);
      return new IdpProcess(child, lines, ready.replace(/^ready /, ''));
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`demo/${program}.mjs did not start.\n${complaints.join('')}`, { cause: error });
    }
  }

  /** Sends one document down the control channel, see demo/control.mjs; resolves when the provider applied it. */
  async configure(settings: Record<string, unknown>): Promise<void> {
    const applied = nextLine(this.child, this.lines);
    this.child.stdin?.write(`${JSON.stringify(settings)}\n`);
    await applied;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await new Promise((resolve) => {
      this.child.once('exit', resolve);
      this.child.kill('SIGTERM');
    });
  }
}

function nextLine(child: ChildProcess, lines: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('No answer in time.')), PATIENCE_MS);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      lines.off('line', onLine);
      child.off('exit', onExit).off('error', reject);
      outcome();
    };
    const onLine = (line: string) => settle(() => resolve(line));
    const onExit = (code: number | null) =>
      settle(() => reject(new Error(`It ended with exit code ${code}.`)));
    lines.once('line', onLine);
    child.once('exit', onExit).once('error', reject);
  });
}

/** Nothing of the service's own environment but what a program needs to run: no secret gets there. */
function environment({ port = 0, originHost, stateFile, settings }: IdpProcessOptions): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    PORT: String(port),
    ...(originHost && { ORIGIN_HOST: originHost }),
    ...(stateFile && { STATE_FILE: stateFile }),
    ...settings,
  };
}

/** The same whether this runs as src/demo/ or as dist/src/demo/. */
function packageRoot(): string {
  let directory = __dirname;
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
