import type { Check, Need } from './check';
import type { Answer, Json, ScimServer } from './scim-server';
import { ENTERPRISE, MESSAGE } from './scim-server';

export type Verdict = 'passed' | 'failed' | 'not offered';

export interface Outcome {
  check: Check;
  verdict: Verdict;
  /** What was wrong, or what the server does not offer. */
  reason?: string;
}

/** What a server offers, by its own word: ServiceProviderConfig and ResourceTypes. */
export async function offersOf(server: ScimServer): Promise<ReadonlySet<Need>> {
  const config = (await server.get('/ServiceProviderConfig')).body ?? {};
  const types: Json[] = (await server.get('/ResourceTypes')).body?.Resources ?? [];
  const supported = (name: string): boolean => config[name]?.supported === true;
  const typeAt = (endpoint: string): Json => types.find((type) => type.endpoint === endpoint);
  const extensions: Json[] = typeAt('/Users')?.schemaExtensions ?? [];
  const offers: Record<Need, boolean> = {
    patch: supported('patch'),
    bulk: supported('bulk'),
    filter: supported('filter'),
    sort: supported('sort'),
    etag: supported('etag'),
    cursor: config.pagination?.cursor === true,
    search: await hasSearch(server),
    users: typeAt('/Users') !== undefined,
    groups: typeAt('/Groups') !== undefined,
    enterprise: extensions.some(({ schema }) => schema === ENTERPRISE),
  };
  return new Set((Object.keys(offers) as Need[]).filter((name) => offers[name]));
}

/** There is no word for it in ServiceProviderConfig, so it is tried. */
async function hasSearch(server: ScimServer): Promise<boolean> {
  const { status }: Answer = await server.post('/Users/.search', {
    schemas: [`${MESSAGE}:SearchRequest`],
    count: 1,
  });
  return ![404, 405, 501].includes(status);
}

export function missing({ needs }: Check, offers: ReadonlySet<Need>): Need[] {
  return needs.filter((need) => !offers.has(need));
}

/** Runs one check after the other. */
export async function runAll(
  checks: readonly Check[],
  server: ScimServer,
  onOutcome: (outcome: Outcome) => void = () => undefined,
): Promise<Outcome[]> {
  const offers = await offersOf(server);
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    const outcome = await outcomeOf(check, server, offers);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

async function outcomeOf(check: Check, server: ScimServer, offers: ReadonlySet<Need>): Promise<Outcome> {
  const lacking = missing(check, offers);
  if (lacking.length > 0) return { check, verdict: 'not offered', reason: lacking.join(', ') };
  try {
    await check.run(server);
    return { check, verdict: 'passed' };
  } catch (error) {
    return { check, verdict: 'failed', reason: (error as Error).message };
  }
}
