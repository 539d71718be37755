import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BreachedFile } from './breached-file';

describe('A file of breached passwords', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-breached-'));
  const path = join(directory, 'pwned.txt');
  afterAll(() => rmSync(directory, { recursive: true }));

  const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase();

  async function countsIn(lines: string[], end: string, asked: string[]): Promise<number[]> {
    writeFileSync(path, lines.join(end) + (end === '\n' ? '\n' : ''));
    const file = await BreachedFile.open(path);
    const counts: number[] = [];
    for (const password of asked) counts.push(await file.countOf(password));
    await file.close();
    return counts;
  }

  it.each(['\n', '\r\n'])('finds every line and nothing else, with lines that end by %j', async (end) => {
    const passwords = Array.from({ length: 200 }, (_, index) => `p${index}`);
    const lines = passwords.map((password, index) => `${sha1(password)}:${10 ** (index % 8)}`).sort();
    const others = Array.from({ length: 200 }, (_, index) => `other ${index}`);
    const found = await countsIn(lines, end, passwords);
    expect(found).toEqual(passwords.map((_, index) => 10 ** (index % 8)));
    expect(await countsIn(lines, end, others)).toEqual(others.map(() => 0));
  });

  it('may have a single line', async () => {
    expect(await countsIn([`${sha1('one')}:7`], '\n', ['one', 'two', 'three'])).toEqual([7, 0, 0]);
  });

  it('is refused when it is something else', async () => {
    writeFileSync(path, 'password\n123456\n');
    await expect(BreachedFile.open(path)).rejects.toThrow('SHA-1:count');
    await expect(BreachedFile.open(join(directory, 'none'))).rejects.toThrow('ENOENT');
  });
});
