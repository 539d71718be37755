import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestApp } from './app';

/** In which rows of any table, and mails in files, a text stands, in any case. */
export async function occurrencesOf(app: TestApp, text: string): Promise<string[]> {
  const tables = await app.sql<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`,
  );
  const all = tables.map(({ name }) => `select '${name}' as name, to_jsonb(t)::text as row from ${name} t`);
  const rows = await app.sql<{ name: string; row: string }>(
    `select name, row from (${all.join(' union all ')}) everything where row ilike $1`,
    [`%${text}%`],
  );
  const found = rows.map(({ name, row }) => `${name}: ${row.slice(0, 300)}`);
  const outbox = join(app.dataDir, 'outbox');
  for (const file of existsSync(outbox) ? readdirSync(outbox) : [])
    if (readFileSync(join(outbox, file), 'utf8').toLowerCase().includes(text)) found.push(file);
  return found;
}
