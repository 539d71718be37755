import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '../../migrations';
import { startApp, type TestApp } from '../support/app';

const ROOT = join(__dirname, '../..');

/** docs/database.md says of each function what it sees to and which migration holds it as it is now. */
describe('docs/database.md', () => {
  const page = readFileSync(join(ROOT, 'docs/database.md'), 'utf8');
  const rows = page
    .split('\n')
    .map(
      (line) =>
        /^\|(?<when>.*\|)? `(?<name>\w+)` .*\]\(\.\.\/(?<file>migrations\/\S+)\) +\|$/.exec(line)?.groups,
    )
    .filter((row) => row !== undefined);
  const inMigrations = newestDefinitions();
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());

  it('names every function of the database and the migration that wrote it last', async () => {
    const functions = await service.sql<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = 'public'::regnamespace
          and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')`,
    );
    const expected = functions.map(({ name }) => `${name}: ${inMigrations.get(name)}`);
    expect(rows.map(({ name, file }) => `${name}: ${file}`).sort()).toEqual(expected.sort());
  });

  it('says of every trigger on which table it fires, and on what', async () => {
    const triggers = await service.sql<{ name: string; table: string; on: string[]; columns: string[] }>(
      `select p.proname as name, t.tgrelid::regclass::text as table,
              array_remove(array[case when t.tgtype & 4 <> 0 then 'insert' end, case when t.tgtype & 8 <> 0 then 'delete' end,
                                 case when t.tgtype & 16 <> 0 then 'update' end], null) as on,
              array(select a.attname::text from pg_attribute a
                     where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr)) as columns
         from pg_trigger t join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal`,
    );
    const words = new Map<string, string[]>();
    for (const { name, table, on, columns } of triggers) {
      words.set(name, [...(words.get(name) ?? []), table, ...on, ...columns]);
    }
    const said = rows
      .filter(({ when }) => when)
      .map(({ name, when }) => `${name}: ${inOrder(when!.replaceAll('<br>', ' ').match(/\w+/g)!)}`);
    expect(said.sort()).toEqual([...words].map(([name, on]) => `${name}: ${inOrder(on)}`).sort());
  });
});

const inOrder = (words: readonly string[]): string =>
  [...new Set(words)]
    .filter((word) => word !== 'of')
    .sort()
    .join(' ');

/** By the name of the function, the file that creates or replaces it last. */
function newestDefinitions(): Map<string, string> {
  const index = readFileSync(join(ROOT, 'migrations/index.ts'), 'utf8');
  const fileOf = new Map(
    [...index.matchAll(/import \{ (\w+) \} from '\.\/(\S+)'/g)].map(([, name, file]) => [
      name,
      `migrations/${file}.ts`,
    ]),
  );
  const newest = new Map<string, string>();
  for (const { name } of MIGRATIONS) {
    const file = fileOf.get(name)!;
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, created] of text.matchAll(/create (?:or replace )?(?:function|procedure) (\w+)/g)) {
      newest.set(created!, file);
    }
  }
  return newest;
}
