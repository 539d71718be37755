import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const PAGES = ['docs/sso', 'docs/scim'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** `path` “title”, as the pages name a proof. */
const PROOF = /`((?:src|test)\/[^`]+spec\.ts)` “([^”]+)”/g;
const proofs = PAGES.flatMap((page) =>
  [...read(page).matchAll(PROOF)].map(([, file, title]) => [file!, title!.replaceAll('\\|', '|')] as const),
);

/** The title of a test, or the first cell of its table, as it stands in the source. */
function titlesIn(source: string): string {
  return source.replaceAll(/\\(['"`])/g, '$1');
}

describe('What the pages about single sign-on and provisioning say', () => {
  it('rests on proofs', () => {
    expect(proofs.length).toBeGreaterThan(70);
  });

  it.each(proofs)('is proved by %s: %s', (file, title) => {
    expect(existsSync(join(ROOT, file)) ? titlesIn(read(file)) : `There is no ${file}.`).toContain(title);
  });

  it.each(PAGES)('leads somewhere: the links of %s', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target!);
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(page), target)))).toEqual([]);
  });

  it.each(PAGES)('gives bodies that are JSON: %s', (page) => {
    for (const [, body] of read(page).matchAll(/```json\n([^]*?)```/g))
      expect(() => JSON.parse(body!) as unknown).not.toThrow();
  });
});
