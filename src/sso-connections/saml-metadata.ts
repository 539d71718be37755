import {
  attribute,
  childrenOf,
  decodeUtf8,
  everyElement,
  readStrictXml,
  type XmlElement,
  type XmlFault,
  XmlRefused,
} from '../xml/strict-xml';
import {
  CertificateRefused,
  type CertificateFault,
  readIdpCertificate,
  type SetupWarning,
} from './idp-certificate';

export type SsoBinding = 'redirect' | 'post';

/** What a connection needs to know of an identity provider. */
export interface IdpMetadata {
  readonly entityId: string;
  /** For redirects; where none are taken, the same as for posts. */
  readonly ssoUrl: string;
  /** The one that is preferred: redirect where it is offered. */
  readonly ssoBinding: SsoBinding;
  readonly ssoPostUrl?: string;
  readonly sloUrl?: string;
  readonly sloBinding?: SsoBinding;
  /** Where answers about logging out go, if not to `sloUrl`. */
  readonly sloResponseUrl?: string;
  readonly wantsSignedRequests: boolean;
  /** PEM, every signing certificate once; a signature by any of them counts (key rollover). */
  readonly certificates: readonly string[];
  readonly warnings: readonly SetupWarning[];
  /** When to read it again, as the document says (`cacheDuration`, `validUntil`). */
  readonly freshUntil?: Date;
}

export type MetadataFault =
  | `metadata_${XmlFault | CertificateFault}`
  | 'metadata_too_large'
  | 'metadata_not_saml'
  | 'metadata_no_identity_provider'
  | 'metadata_several_identity_providers'
  | 'metadata_no_entity_id'
  | 'metadata_no_sso_service'
  | 'metadata_url_invalid'
  | 'metadata_no_certificate';

/** The document describes no identity provider that can be used; `message` may be shown to the administrator. */
export class MetadataRefused extends Error {
  override readonly name = 'MetadataRefused';

  constructor(
    readonly code: MetadataFault,
    message: string,
  ) {
    super(message);
  }
}

const MD = 'urn:oasis:names:tc:SAML:2.0:metadata';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const MAX_BYTES = 1024 * 1024;
const LIMITS = { maxDepth: 32, maxElements: 20_000, maxAttributes: 60_000, comments: 'skip' } as const;

/**
 * Reads SAML 2.0 metadata (sections 2.3 and 2.4.3) of one identity provider, alone or as the only one in an
 * EntitiesDescriptor. A signature over the metadata is not verified: trust comes from the administrator who
 * brought the document or named its URL.
 * @throws MetadataRefused
 */
export function parseIdpMetadata(document: string | Uint8Array, now: Date): IdpMetadata {
  const entity = onlyIdentityProvider(read(document));
  const entityId = attribute(entity, 'entityID')?.trim();
  if (!entityId) throw new MetadataRefused('metadata_no_entity_id', 'The metadata names no entityID.');

  const [role] = rolesOf(entity);
  if (!role) throw noIdentityProvider();
  const sso = endpoint(role, 'SingleSignOnService');
  if (!sso)
    throw new MetadataRefused(
      'metadata_no_sso_service',
      'The metadata offers no single sign-on URL with the HTTP-Redirect or HTTP-POST binding.',
    );
  const slo = endpoint(role, 'SingleLogoutService');
  const { certificates, warnings } = signingCertificates(role, now);
  return {
    entityId,
    ssoUrl: sso.url,
    ssoBinding: sso.binding,
    ...(sso.postUrl && { ssoPostUrl: sso.postUrl }),
    ...(slo && { sloUrl: slo.url, sloBinding: slo.binding }),
    ...(slo?.responseUrl && { sloResponseUrl: slo.responseUrl }),
    wantsSignedRequests: ['true', '1'].includes(attribute(role, 'WantAuthnRequestsSigned')?.trim() ?? ''),
    certificates,
    warnings: [...warnings, ...documentWarnings(entity, role, sso, now)],
    ...freshnessOf([entity, role], now),
  };
}

function read(document: string | Uint8Array): XmlElement {
  const bytes = typeof document === 'string' ? Buffer.from(document) : document;
  if (bytes.length > MAX_BYTES)
    throw new MetadataRefused('metadata_too_large', 'The metadata is larger than 1 MiB.');
  try {
    // What precedes the declaration (a blank line pasted along, say) means nothing but is no XML.
    return readStrictXml(decodeUtf8(bytes).trim(), LIMITS);
  } catch (error) {
    if (error instanceof XmlRefused) throw new MetadataRefused(`metadata_${error.fault}`, error.message);
    throw error;
  }
}

function onlyIdentityProvider(root: XmlElement): XmlElement {
  if (root.uri !== MD || !['EntityDescriptor', 'EntitiesDescriptor'].includes(root.local))
    throw new MetadataRefused('metadata_not_saml', 'The document is not SAML 2.0 metadata.');
  const providers = [...everyElement(root)].filter(
    (element) => element.uri === MD && element.local === 'EntityDescriptor' && rolesOf(element).length > 0,
  );
  const [provider] = providers;
  if (!provider) throw noIdentityProvider();
  if (providers.length > 1)
    throw new MetadataRefused(
      'metadata_several_identity_providers',
      `The metadata describes ${providers.length} identity providers; give the metadata of one.`,
    );
  return provider;
}

function noIdentityProvider(): MetadataRefused {
  return new MetadataRefused(
    'metadata_no_identity_provider',
    'The metadata describes no SAML 2.0 identity provider; perhaps it is that of a service provider.',
  );
}

/** Other descriptors in the same document (WS-Federation's RoleDescriptor, say) have keys of their own: not ours. */
function rolesOf(entity: XmlElement): XmlElement[] {
  return childrenOf(entity, MD, 'IDPSSODescriptor').filter((role) =>
    (attribute(role, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(PROTOCOL),
  );
}

interface Endpoint {
  readonly binding: SsoBinding;
  readonly url: string;
  readonly postUrl: string | undefined;
  readonly responseUrl: string | undefined;
}

function endpoint(role: XmlElement, service: string): Endpoint | undefined {
  const offered = childrenOf(role, MD, service);
  const bound = (binding: string) => {
    const found = offered.find((candidate) => attribute(candidate, 'Binding') === BINDING + binding);
    const location = found && attribute(found, 'Location')?.trim();
    const responses = found && attribute(found, 'ResponseLocation')?.trim();
    return location
      ? { url: webAddress(location), responseUrl: responses ? webAddress(responses) : undefined }
      : undefined;
  };
  const [redirect, post] = [bound('HTTP-Redirect'), bound('HTTP-POST')];
  const postUrl = post?.url;
  if (redirect) return { binding: 'redirect', ...redirect, postUrl };
  return post && { binding: 'post', ...post, postUrl };
}

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.username || url.password)
    throw new MetadataRefused(
      'metadata_url_invalid',
      `The metadata holds an unusable URL: ${text.slice(0, 200)}`,
    );
  return text;
}

function signingCertificates(
  role: XmlElement,
  now: Date,
): { certificates: string[]; warnings: SetupWarning[] } {
  const texts = childrenOf(role, MD, 'KeyDescriptor')
    .filter((key) => [undefined, 'signing'].includes(attribute(key, 'use')))
    .flatMap((key) => childrenOf(key, DS, 'KeyInfo'))
    .flatMap((info) => childrenOf(info, DS, 'X509Data'))
    .flatMap((data) => childrenOf(data, DS, 'X509Certificate'))
    .map(({ text }) => text);
  if (texts.length === 0)
    throw new MetadataRefused('metadata_no_certificate', 'The metadata holds no signing certificate.');
  const read = texts.map((text) => inMetadataTerms(() => readIdpCertificate(text, now)));
  const distinct = [...new Map(read.map((certificate) => [certificate.pem, certificate])).values()];
  return {
    certificates: distinct.map(({ pem }) => pem),
    warnings: distinct.flatMap(({ warnings }) => warnings),
  };
}

function inMetadataTerms<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CertificateRefused)
      throw new MetadataRefused(`metadata_${error.fault}`, error.message);
    throw error;
  }
}

const DURATION = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const SECONDS_OF_PARTS = [365 * 86_400, 30 * 86_400, 86_400, 3_600, 60, 1];

/** The earliest of what the elements say (saml-metadata-2.0-os section 2.3.2): a duration from now, or an instant. */
function freshnessOf(elements: readonly XmlElement[], now: Date): { freshUntil?: Date } {
  const instants = elements.flatMap((element) => {
    const parts = DURATION.exec(attribute(element, 'cacheDuration') ?? '')?.slice(1);
    const seconds = parts?.reduce((sum, part, at) => sum + Number(part ?? 0) * SECONDS_OF_PARTS[at]!, 0);
    const validUntil = Date.parse(attribute(element, 'validUntil') ?? '');
    return [seconds ? now.getTime() + seconds * 1000 : Number.NaN, validUntil];
  });
  const known = instants.filter((instant) => Number.isFinite(instant));
  return known.length > 0
    ? { freshUntil: new Date(Math.min(...known, now.getTime() + 365 * 86_400_000)) }
    : {};
}

function documentWarnings(entity: XmlElement, role: XmlElement, sso: Endpoint, now: Date): SetupWarning[] {
  const warnings: SetupWarning[] = [];
  const expired = [entity, role].some((element) => {
    const validUntil = Date.parse(attribute(element, 'validUntil') ?? '');
    return validUntil < now.getTime();
  });
  if (expired)
    warnings.push({ code: 'metadata_expired', detail: 'The metadata was valid until a time now past.' });
  if (sso.binding === 'post')
    warnings.push({
      code: 'sso_post_only',
      detail: 'The identity provider accepts sign-in requests by HTTP-POST only.',
    });
  if (!sso.url.startsWith('https:'))
    warnings.push({ code: 'sso_url_not_https', detail: 'The single sign-on URL is not https.' });
  return warnings;
}
