import { type ChildProcess, spawn } from 'node:child_process';

/** A program of the operator that asks a key management service to wrap and unwrap. */
export interface KeyCommand {
  /** The program; it is run as it is, by no shell. */
  readonly program: string;
  /** Which key of the service, handed on as it is. */
  readonly keyId: string;
}

const TIMEOUT_MS = 30_000;
const MOST_OUTPUT = 65_536;

/** `program wrap <keyId>`: `{"plaintext": base64}` goes in, `{"ciphertext": base64}` comes out. */
export const wrapKey = async (command: KeyCommand, key: Buffer): Promise<string> =>
  run(command, 'wrap', { plaintext: key.toString('base64') }, 'ciphertext');

/** `program unwrap <keyId>`: `{"ciphertext": base64}` goes in, `{"plaintext": base64}` comes out, which is the key. */
export const unwrapKey = async (command: KeyCommand, wrapped: string): Promise<Buffer> =>
  Buffer.from(await run(command, 'unwrap', { ciphertext: wrapped }, 'plaintext'), 'base64');

/** Throws a sentence that names what went wrong, with what the program wrote to standard error and no key. */
async function run(
  { program, keyId }: KeyCommand,
  verb: 'wrap' | 'unwrap',
  input: object,
  wanted: 'plaintext' | 'ciphertext',
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  const { output, complaint } = await outputOf(program, [verb, keyId], JSON.stringify(input), timeoutMs);
  const value = valueOf(output, wanted);
  // The last command of a pipeline may end well after the one that mattered has failed.
  if (!value) throw new Error(`${program} ${verb} did not answer {"${wanted}": base64}. ${complaint}`.trim());
  return value;
}

function outputOf(
  program: string,
  arguments_: readonly string[],
  input: string,
  timeoutMs: number,
): Promise<{ output: string; complaint: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, arguments_, { shell: false, stdio: 'pipe', detached: true });
    const end = (): void => endWithAllItRuns(child);
    const patience = setTimeout(end, timeoutMs);
    let [output, complaint] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.length > MOST_OUTPUT) end();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-500);
    });
    // A program that ends without reading closes the pipe under us; its exit code says more.
    child.stdin.on('error', () => undefined);
    child.on('error', (failure) => {
      clearTimeout(patience);
      reject(new Error(`${program} cannot be run: ${failure.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(patience);
      if (code === 0) return resolve({ output, complaint: complaint.trim() });
      const how = signal ? `was ended by ${signal}` : `ended with ${code}`;
      reject(new Error(`${program} ${arguments_[0]} ${how}. ${complaint.trim()}`.trim()));
    });
    child.stdin.end(input);
  });
}

/** A pipeline of a shell outlives the shell, and holds open what is read here: so it has a process group of its own. */
function endWithAllItRuns({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended in this moment.
  }
}

function valueOf(output: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(output) as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
