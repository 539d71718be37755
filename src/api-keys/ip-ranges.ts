import * as ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const MAPPED_PREFIX = 96;

/** Whether the text is an IP address or a CIDR range, in the usual notation only: no octal, no zones. */
export function isIpRange(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 64 && parseRange(text) !== undefined;
}

/** Whether an address lies in one of the ranges. No ranges at all: every address does. */
export function isAllowedAddress(ranges: readonly string[], address: string): boolean {
  if (ranges.length === 0) return true;
  if (!ipaddr.isValid(address)) return false;
  const caller = ipaddr.process(address);
  return ranges.some((text) => {
    const range = parseRange(text);
    return range !== undefined && range[0].kind() === caller.kind() && caller.match(range);
  });
}

/** IPv4 written inside IPv6 means the same as IPv4. */
function parseRange(text: string): [Address, number] | undefined {
  const [address = '', bits, ...more] = text.split('/');
  if (more.length > 0 || !isPlainAddress(address)) return undefined;
  if (bits !== undefined && !/^(0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const parsed = ipaddr.parse(address);
  const width = parsed.kind() === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  if (prefix > width) return undefined;
  const isMapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress();
  return isMapped && prefix >= MAPPED_PREFIX
    ? [parsed.toIPv4Address(), prefix - MAPPED_PREFIX]
    : [parsed, prefix];
}

function isPlainAddress(text: string): boolean {
  if (text.includes(':')) return !text.includes('%') && ipaddr.IPv6.isValid(text);
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}
