type Settings = Readonly<Record<string, string>>;

/**
 * What answers, and what a transaction sees, would depend on otherwise: a server, a database, a role and a URL may have
 * settings of their own for it.
 */
const ALWAYS: Settings = {
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  // The pool ends what nobody uses.
  idle_session_timeout: '0',
  // By this one it is seen whether any of them arrives: see `refusePooler`.
  'gatehouse.asked': 'on',
};

/**
 * The URL and options by which these settings are made before anything else. What the URL has for options comes first, so
 * that ours count: pg itself would take the former instead of the latter, and with them the role of the service.
 */
export function connectingWith(url: string, settings: Settings): { url: string; options: string } {
  const ours = Object.entries({ ...ALWAYS, ...settings }).map(
    ([name, value]) => `-c ${name}=${escaped(value)}`,
  );
  const { address, theirs } = takenApart(url);
  return { url: address, options: [...theirs, ...ours].join(' ') };
}

function takenApart(url: string): { address: string; theirs: readonly string[] } {
  const [address, query] = url.split(/\?(.*)/s) as [string, string?];
  const given = new URLSearchParams(query);
  const theirs = given.getAll('options').filter((text) => text !== '');
  if (theirs.length === 0) return { address: url, theirs };
  given.delete('options');
  return { address: given.size > 0 ? `${address}?${given.toString()}` : address, theirs };
}

/** PostgreSQL takes options apart at blanks. */
const escaped = (value: string): string => value.replace(/[\\ ]/g, '\\$&');
