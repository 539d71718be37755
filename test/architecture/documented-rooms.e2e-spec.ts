import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Each chapter of docs/rooms.md by the name of its room, with the folders that it tells of. */
function documented(): Map<string, string[]> {
  const [, ...chapters] = readFileSync(join(ROOT, 'docs/rooms.md'), 'utf8').split(/^## /m);
  return new Map(
    chapters.map((chapter) => [
      /^[\w-]+/.exec(chapter)![0],
      [...chapter.matchAll(/^\| `([\w-]+)`/gm)].map(([, folder]) => folder!),
    ]),
  );
}

const foldersIn = (place: string): string[] =>
  readdirSync(join(ROOT, place), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('docs/rooms.md', () => {
  it('tells of every room that has many folders', () => {
    const large = foldersIn('src').filter((room) => foldersIn(`src/${room}`).length > 10);
    expect([...documented().keys()]).toEqual(expect.arrayContaining(large));
  });

  it.each([...documented()])(
    'tells of every folder in %s, and of none that is not there',
    (room, folders) => {
      expect([...folders].sort()).toEqual(foldersIn(`src/${room}`).sort());
    },
  );
});

describe('docs/architecture.md', () => {
  it('names every room among the storeys', () => {
    const [, storeys = ''] = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').split('```');
    const named = new Set(storeys.match(/[\w-]+/g));
    // Programs of their own, beside main.ts.
    expect(foldersIn('src').filter((room) => room !== 'commands' && !named.has(room))).toEqual([]);
  });
});
