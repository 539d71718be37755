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
