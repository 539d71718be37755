type Settings = Readonly<Record<string, string>>;

/**
 * Settings that the service depends on. Set on every connection, because the server, the database, the role or the URL
 * can have other values.
 */
const ALWAYS: Settings = {
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  // The pool closes idle connections itself.
  idle_session_timeout: '0',
  // `refusePooler` reads this one to see whether a pooler has dropped the settings.
  'gatehouse.asked': 'on',
};

/**
 * Passes `settings` as start-up options of the connection, behind the `options` of the URL, so that ours win. Removes
 * those from the URL, because pg would otherwise use them instead of ours, and lose the database role of the service.
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

/** PostgreSQL splits the options at spaces. */
const escaped = (value: string): string => value.replace(/[\\ ]/g, '\\$&');
