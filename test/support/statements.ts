import type { Database } from '../../src/database/database';

/** What a statement says, prepared or not. */
export const textOf = (statement: Parameters<Database['query']>[0]): string =>
  typeof statement === 'string' ? statement : statement.text;
