import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrapKey, wrapKey } from './key-command';

describe('The command of a key management service', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'key-command-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** A program of its own, as an operator would write it. */
  const program = (name: string, source: string): string => {
    const file = join(directory, name);
    writeFileSync(file, `#!${process.execPath}\n${source}`);
    chmodSync(file, 0o700);
    return file;
  };
  const READ = `
    const [verb, keyId] = process.argv.slice(2);
    const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
    const masked = (text) => Buffer.from(text, 'base64').map((byte) => byte ^ keyId.length ^ 0x5a).toString('base64');`;

  it('wraps and unwraps by the key it is given', async () => {
    const file = program(
      'good',
      `${READ}
       console.log(JSON.stringify(verb === 'wrap' ? { ciphertext: masked(input.plaintext) } : { plaintext: masked(input.ciphertext) }));`,
    );
    const command = { program: file, keyId: 'alias/gatehouse' };
    const key = randomBytes(32);
    const wrapped = await wrapKey(command, key);
    expect(wrapped).not.toBe(key.toString('base64'));
    expect(await unwrapKey(command, wrapped)).toEqual(key);
    expect(await unwrapKey({ ...command, keyId: 'another' }, wrapped)).not.toEqual(key);
  });

  it('is run as it is, by no shell', async () => {
    const file = program('echo', `${READ} console.log(JSON.stringify({ ciphertext: keyId }));`);
    const touched = join(directory, 'touched');
    const keyId = `$(touch ${touched}); touch ${touched} && '"`;
    expect(await wrapKey({ program: file, keyId }, randomBytes(32))).toBe(keyId);
    expect(existsSync(touched)).toBe(false);
  });

  it('that fails inside of a pipeline is told by what it wrote to standard error', async () => {
    const file = join(directory, 'pipeline');
    writeFileSync(file, '#!/bin/sh\nset -eu\n{ echo AccessDenied >&2; exit 254; } | cat\n', { mode: 0o700 });
    await expect(unwrapKey({ program: file, keyId: 'k' }, 'abc')).rejects.toThrow(
      /did not answer \{"plaintext": base64\}\. AccessDenied$/,
    );
  });

  it.each([
    ['that fails', `console.error('no such key'); process.exit(3);`, /ended with 3\. no such key/],
    ['that answers something else', `console.log('{"key": 1}');`, /did not answer/],
    ['that answers nothing', '', /did not answer/],
    ['that talks without end', `for (;;) require('fs').writeSync(1, 'x'.repeat(10_000));`, /SIGKILL/],
  ])('%s is an error that names it', async (name, source, message) => {
    const file = program(name.replaceAll(' ', '-'), source);
    await expect(unwrapKey({ program: file, keyId: 'k' }, 'abc')).rejects.toThrow(message);
  });

  it.each([
    ['itself', 'touch "$0.begun"; exec sleep 60'],
    ['in what it runs', 'sleep 60 | { touch "$0.begun"; cat; }'],
  ])('that hangs %s is ended after thirty seconds', async (where, script) => {
    const file = join(directory, `hangs-${where.length}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      let isOver = false;
      const unwrapped = unwrapKey({ program: file, keyId: 'k' }, 'abc').finally(() => (isOver = true));
      unwrapped.catch(() => undefined);
      while (!existsSync(`${file}.begun`)) await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(29_999);
      await new Promise((resolve) => setImmediate(resolve));
      expect(isOver).toBe(false);
      jest.advanceTimersByTime(1);
      await expect(unwrapped).rejects.toThrow(/unwrap was ended by SIGKILL/);
    } finally {
      jest.useRealTimers();
    }
  });

  it('that is not there is an error too', async () => {
    await expect(unwrapKey({ program: join(directory, 'none'), keyId: 'k' }, 'abc')).rejects.toThrow(
      /cannot be run/,
    );
  });
});
