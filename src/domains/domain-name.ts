import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { parse } from 'tldts';
import { FREE_MAIL_PROVIDERS } from './free-mail-providers';

/** What keeps a text from being a domain that a workspace may claim. */
export type DomainRefusal = 'domain_invalid' | 'domain_is_public_suffix' | 'domain_is_free_mail';

/** Letters and digits of any script, hyphens, and the four dots of IDNA (RFC 3490 section 3.1): nothing of a URL. */
const LETTERS_AND_DOTS = /^[\p{L}\p{M}\p{N}\-.\u3002\uff0e\uff61]+$/u;

/** RFC 1123 section 2.1: letters, digits and inner hyphens. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** RFC 1035 section 2.3.4 allows 253 characters; the record that proves the domain needs some of them itself. */
const MAX_LENGTH = 253 - '_gatehouse.'.length;

/**
 * One spelling per domain, the one that is stored and compared: punycode, lower case, no trailing dot. Undefined
 * when the text is no domain name.
 */
export function normaliseDomain(text: string): string | undefined {
  const trimmed = text.trim();
  if (!LETTERS_AND_DOTS.test(trimmed)) return undefined;
  const ascii = domainToASCII(trimmed).replace(/\.$/, '');
  const labels = ascii.split('.');
  const valid =
    ascii.length <= MAX_LENGTH && labels.length >= 2 && labels.every((label) => LABEL.test(label));
  return valid && isPunycode(ascii) && !isIP(ascii) ? ascii : undefined;
}

/**
 * Whether every `xn--` label says something, and is how that is written (RFC 5891 section 5.4). Newer versions of Node
 * take a domain that is ASCII already as it comes.
 */
function isPunycode(ascii: string): boolean {
  if (!/(?:^|\.)xn--/.test(ascii)) return true;
  const unicode = domainToUnicode(ascii);
  return !/(?:^|\.)xn--/.test(unicode) && domainToASCII(unicode) === ascii;
}

/**
 * The domain of an email address, in the same spelling; undefined when there is none. The part behind the last @
 * counts: a quoted local part may contain one (RFC 5321 section 4.1.2).
 */
export function domainOfEmail(email: string): string | undefined {
  const at = email.lastIndexOf('@');
  return at > 0 ? normaliseDomain(email.slice(at + 1)) : undefined;
}

/**
 * Reads a domain that a workspace wants to claim. A public suffix (`co.uk`, `github.io`) belongs to everybody
 * registered under it, and a free-mail domain to everybody with an address there: neither can be one workspace's.
 */
export function readClaim(text: string): { domain: string } | { refusal: DomainRefusal } {
  const domain = normaliseDomain(text);
  if (!domain) return { refusal: 'domain_invalid' };
  if (parse(domain, { allowPrivateDomains: true }).domain === null)
    return { refusal: 'domain_is_public_suffix' };
  if (FREE_MAIL_PROVIDERS.has(domain)) return { refusal: 'domain_is_free_mail' };
  return { domain };
}
