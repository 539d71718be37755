import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = join(__dirname, '..');
/** Matches `prepared('name', …)` and `lookUp<Row>('name', …)` with the beginning of the text that follows. */
const NAMED = /(?:prepared|lookUp)(?:<[^(]*>)?\(\s*['`]([a-z_0-9]+)['`],\s*(['`][^'`]*['`]|[\w.]+)/g;

/**
 * A connection prepares a name once: a second statement with that name fails, on the connections that prepared the
 * first.
 */
it('No two statements share a name', () => {
  const texts = new Map<string, Set<string>>();
  for (const path of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || path.endsWith('.spec.ts')) continue;
    for (const [, name, text] of readFileSync(join(SOURCES, path), 'utf8').matchAll(NAMED)) {
      texts.set(name!, (texts.get(name!) ?? new Set()).add(text!));
    }
  }
  expect(texts.size).toBeGreaterThan(50);
  expect([...texts].filter(([, { size }]) => size > 1).map(([name]) => name)).toEqual([]);
});
