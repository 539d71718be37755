/**
 * The address an application is returned to: what is there stays as it was written, the parameters are added to its
 * query (RFC 6749 section 3.1.2). Those that are null are left out.
 */
export function withParameters(uri: string, parameters: Record<string, string | null>): string {
  const [address = '', ...fragment] = uri.split('#');
  const added = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const query = `${address}${address.includes('?') ? '&' : '?'}${added}`;
  return [query, ...fragment].join('#');
}
