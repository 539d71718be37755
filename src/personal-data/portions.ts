import { HOUR_MS } from '../config/durations';
import { lowestUuidV7 } from '../crypto/uuid-v7';
import type { Database } from '../database/database';

/** Of a table whose ids sort by age. */
export interface Rows {
  readonly table: string;
  /** Parameters from $3 on. */
  readonly condition?: string;
  readonly parameters?: readonly unknown[];
}

/** After which row, and up to which; null for the last portion. */
export type Portion = readonly [after: string, upTo: string | null];

/** The first parameters of a statement over a portion. */
export const IN_PORTION = `id > $1 and ($2::uuid is null or id <= $2)`;

/** Every text in so many rows is looked at within a fraction of a second. */
const PORTION = 5_000;
const FIRST = '00000000-0000-0000-0000-000000000000';
/** Far longer than an erasure takes, or a row until it is written. */
const NEW_MS = HOUR_MS;

/** Rows in portions that a statement has time for, however many somebody made: all, or what came within the hour. */
export async function* portionsOf(
  database: Database,
  { table, condition = 'true', parameters = [] }: Rows,
  which: 'all' | 'new',
): AsyncGenerator<Portion> {
  const first = which === 'all' ? FIRST : lowestUuidV7(Date.now() - NEW_MS);
  for (let after: string | null = first; after !== null;) {
    const [last]: { id: string }[] = await database.query<{ id: string }>(
      `select id from ${table} where id > $1 and ${condition} order by id offset $2 limit 1`,
      [after, PORTION - 1, ...parameters],
    );
    const upTo: string | null = last?.id ?? null;
    yield [after, upTo];
    after = upTo;
  }
}
