import type { ScimServer } from './scim-server';

/** What a server may leave out by saying so: the check that needs it is then not counted. */
export type Need =
  'patch' | 'bulk' | 'filter' | 'sort' | 'etag' | 'cursor' | 'search' | 'users' | 'groups' | 'enterprise';

/** One sentence of a standard, and how to see whether a server keeps it. */
export interface Check {
  id: string;
  /** `RFC 7644 §3.5.2.1` */
  clause: string;
  title: string;
  sentence: string;
  needs: readonly Need[];
  /** Throws, with what was wrong, when the server does not keep it. */
  run: (server: ScimServer) => Promise<void>;
}

export type Run = Check['run'];

/** The checks of one clause, numbered. `needs` hold for all of them; a single check may add its own. */
export function clause(
  name: string,
  title: string,
  needs: readonly Need[],
  checks: readonly (readonly [sentence: string, run: Run, ...more: Need[]])[],
): Check[] {
  const prefix = name.replace(/^RFC (\d+) §/, '$1-');
  return checks.map(([sentence, run, ...more], index) => ({
    id: `${prefix}-${String(index + 1).padStart(2, '0')}`,
    clause: name,
    title,
    sentence,
    needs: [...needs, ...more],
    run,
  }));
}
