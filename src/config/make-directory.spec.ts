import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from './make-directory';

describe('A directory that is to be there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'directories-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it('is made with those above it, closed as it is told, and made once', () => {
    const path = join(folder, 'one', 'two');
    makeDirectory(path, 0o700);
    makeDirectory(path, 0o755);
    expect([modeOf(path), modeOf(join(folder, 'one'))]).toEqual([0o700, 0o700]);
  });

  it('is refused where a file stands in its way', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      expect(() => makeDirectory(path)).toThrow(expect.objectContaining({ syscall: 'mkdir', path: file }));
    }
  });

  it('is refused at once where the system makes none', () => {
    expect(() => makeDirectory('/proc/nothing/below')).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: '/proc/nothing' }),
    );
  });
});
