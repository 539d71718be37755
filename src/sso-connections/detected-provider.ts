import { vendorOf } from './diagnosis/vendor-consoles';

/** Which product an identity provider is, told by the names it gives itself. */
export interface DetectedProvider {
  readonly provider: string;
  /** The customer's own number at a product that has one. */
  readonly tenantId?: string;
}

interface Mark {
  readonly provider: string;
  /** Of an entity ID, issuer or sign-on URL; the first group, if there is one, is the tenant. */
  readonly pattern: RegExp;
}

const GUID = '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})';

const MARKS: readonly Mark[] = [
  { provider: 'okta', pattern: /^http:\/\/www\.okta\.com\/exk/ },
  { provider: 'okta', pattern: /^https:\/\/[\w.-]+\.(?:okta|okta-emea|oktapreview|okta-gov)\.com(?:\/|$)/ },
  { provider: 'entra', pattern: new RegExp(`^https://sts\\.windows\\.net/${GUID}/`, 'i') },
  { provider: 'entra', pattern: new RegExp(`^https://login\\.microsoftonline\\.(?:com|us)/${GUID}/`, 'i') },
  { provider: 'google', pattern: /^https:\/\/accounts\.google\.com(?:$|\/(?:o\/saml2.*[?&]idpid=(\w+))?)/ },
  { provider: 'jumpcloud', pattern: /^https:\/\/(?:sso|oauth\.id)\.jumpcloud\.com\// },
  { provider: 'onelogin', pattern: /^https:\/\/[\w.-]+\.onelogin\.com\// },
  { provider: 'ping', pattern: new RegExp(`^https://auth\\.pingone\\.[a-z.]+/${GUID}`, 'i') },
  { provider: 'auth0', pattern: /^urn:([\w.-]+)\.auth0\.com$/ },
  { provider: 'auth0', pattern: /^https:\/\/([\w.-]+)\.auth0\.com\// },
  { provider: 'keycloak', pattern: /^https?:\/\/[^/]+(?:\/[\w-]+)*\/realms\/([^/]+)/ },
];

/** Undefined when none of the names is one that a known product gives. */
export function detectProvider(names: readonly string[]): DetectedProvider | undefined {
  for (const { provider, pattern } of MARKS) {
    for (const name of names) {
      const match = pattern.exec(name);
      if (match) return { provider, ...(match[1] && { tenantId: match[1] }) };
    }
  }
  return undefined;
}

/** What administrators pick when their product is none of those with instructions of their own. */
const UNNAMED = ['other', 'generic', 'custom', 'saml', 'oidc'];

/** Whether the product that was picked is another than the one that was found. */
export function isOtherProvider(picked: string, detected: DetectedProvider): boolean {
  return !UNNAMED.includes(picked.trim().toLowerCase()) && vendorOf(picked) !== detected.provider;
}
