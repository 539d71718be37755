import { normaliseDomain } from '../../domains/domain-name';

/** Printable ASCII without what separates or quotes (RFC 5321 section 4.1.2, dot-string). */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~.-]{1,64}$/;

export interface EmailAddress {
  readonly address: string;
  readonly domain: string;
}

/**
 * One spelling per address: lower case, domain in punycode. Undefined for what is no plain address: quoted local
 * parts and other scripts have misled comparisons before, and no directory of people needs them.
 */
export function readEmail(text: string): EmailAddress | undefined {
  const [local, domainText, ...more] = text.trim().split('@');
  if (local === undefined || domainText === undefined || more.length > 0 || !LOCAL_PART.test(local))
    return undefined;
  const domain = normaliseDomain(domainText);
  const address = `${local.toLowerCase()}@${domain}`;
  return domain && address.length <= 254 ? { address, domain } : undefined;
}

/** A local part of plain ASCII and without #, a domain in any script. */
const LIKE_ADDRESS =
  /^[\w.!$%&'*+/=?^`{|}~-]+@[\p{L}\p{M}\p{N}_-]+(?:[.\u3002\uff0e\uff61][\p{L}\p{M}\p{N}_-]+)+$/u;

/**
 * Whether what a provider sends is meant as an address. A guest's `ada_home.test#EXT#@tenant…` is a name of Entra's. Products
 * are free to write bücher.example where others write xn--bcher-kva.example.
 */
export function looksLikeEmail(text: string): boolean {
  return text.length <= 254 && LIKE_ADDRESS.test(text);
}

/**
 * Whether a provider's word on an address says that it is verified. Products write it as a boolean, a number or a text in any
 * capitalisation; what is none of the ways to say yes is taken for a no.
 */
export function saysVerified(word: unknown): boolean {
  return word === true || word === 1 || (typeof word === 'string' && /^(?:true|1)$/i.test(word.trim()));
}
