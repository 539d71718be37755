/**
 * Whether one of these addresses or numbers stands in a text as a whole: `ann@acme.test` does not in `joann@acme.test`.
 */
export function naming(addresses: readonly string[]): (text: string) => boolean {
  if (addresses.length === 0) return () => false;
  const any = addresses.map((address) => address.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
  const whole = new RegExp(`(?<![\\p{L}\\p{N}._%+-])(?:${any})(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`, 'iu');
  return (text) => whole.test(text);
}
