import { DAY_MS, DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../config/durations';
import { DS } from '../xml/signature-vocabulary';
import { attribute, childrenOf, decodeUtf8, readStrictXml, XmlRefused } from '../xml/strict-xml';
import type { XmlElement } from '../xml/xml-element';
import {
  CertificateRefused,
  type IdpCertificate,
  readIdpCertificate,
  type SetupWarning,
} from './idp-certificate';
import { MetadataRefused } from './metadata/metadata-refused';
import { glanceAtSignature, type MetadataSignature, verifyMetadata } from './metadata/metadata-signature';
import { MD } from './metadata/metadata-vocabulary';

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
  readonly signature: MetadataSignature;
}

/** What a reader of metadata wants of it. */
export interface MetadataTerms {
  /** PEM. Where there are any, the metadata is signed with the key of one of them, or refused. */
  readonly certificates?: readonly string[] | undefined;
  /** Selects one of several identity providers; ignored when there is only one. */
  readonly entityId?: string | undefined;
}

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const MAX_BYTES = 1024 * 1024;
const LIMITS = { maxDepth: 32, maxElements: 20_000, maxAttributes: 60_000, comments: 'skip' } as const;

/**
 * Reads SAML 2.0 metadata (sections 2.3 and 2.4.3) of one identity provider, alone or in an EntitiesDescriptor. With
 * certificates, the root must be signed by the key of one of them, and only signed content is read. Without, the
 * administrator vouches for the document or its URL.
 * @throws MetadataRefused
 */
export function parseIdpMetadata(
  document: string | Uint8Array,
  now: Date,
  { certificates: trusted = [], entityId: wanted }: MetadataTerms = {},
): IdpMetadata {
  const read = readDocument(document);
  const { root, signature } =
    trusted.length > 0
      ? verifyMetadata(read, trusted)
      : { root: read, signature: glanceAtSignature(read, now) };
  const { entity, around } = identityProvider(root, wanted);
  const entityId = entityIdOf(entity);
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
  const dated = [...around, entity, role];
  if (trusted.length > 0) refuseExpired(dated, now);
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
    warnings: [...warnings, ...documentWarnings(dated, sso, now), ...signatureWarnings(signature)],
    ...freshnessOf(dated, now),
    signature,
  };
}

function readDocument(document: string | Uint8Array): XmlElement {
  const bytes = typeof document === 'string' ? Buffer.from(document) : document;
  if (bytes.length > MAX_BYTES)
    throw new MetadataRefused('metadata_too_large', 'The metadata is larger than 1 MiB.');
  try {
    // What precedes the declaration (a blank line pasted along, say) means nothing but is no XML.
    const text = decodeUtf8(bytes).trim();
    refuseOtherKinds(text);
    return readStrictXml(text, LIMITS);
  } catch (error) {
    if (error instanceof XmlRefused)
      throw new MetadataRefused(`metadata_${error.fault}`, error.message.replace(/\.?$/, '.'));
    throw error;
  }
}

const WEB_PAGE = /^(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+)?html\b/i;

/** Recognises what people often upload by mistake, for a clearer error than that of the XML parser. */
function refuseOtherKinds(text: string): void {
  if (WEB_PAGE.test(text))
    throw new MetadataRefused(
      'metadata_not_saml',
      'This is a web page, such as one that asks people to sign in, and no metadata.',
    );
  if (!text.startsWith('<'))
    throw new MetadataRefused(
      'metadata_xml_malformed',
      text === ''
        ? 'The document is empty.'
        : `The document is no XML: it begins with "${text.slice(0, 40)}".`,
    );
}

interface Found {
  readonly entity: XmlElement;
  /** What it stands in, outermost first: dates there hold for everything inside. */
  readonly around: readonly XmlElement[];
}

function identityProvider(root: XmlElement, wanted: string | undefined): Found {
  if (root.uri !== MD || !['EntityDescriptor', 'EntitiesDescriptor'].includes(root.local))
    throw new MetadataRefused('metadata_not_saml', 'The document is not SAML 2.0 metadata.');
  const providers = [...identityProviders(root)];
  const [provider] = providers;
  if (!provider) throw noIdentityProvider();
  if (providers.length === 1) return provider;
  if (wanted === undefined)
    throw new MetadataRefused(
      'metadata_several_identity_providers',
      `The metadata describes ${providers.length} identity providers; say which by its entityId, or give the metadata of one.`,
    );
  const [named, namesake] = providers.filter(({ entity }) => entityIdOf(entity) === wanted);
  if (!named || namesake)
    throw new MetadataRefused(
      'metadata_entity_not_found',
      `Of the ${providers.length} identity providers in the metadata ${named ? 'several are' : 'none is'} ${wanted}.`,
    );
  return named;
}

function* identityProviders(element: XmlElement, around: readonly XmlElement[] = []): Generator<Found> {
  if (element.uri !== MD) return;
  if (element.local === 'EntityDescriptor' && rolesOf(element).length > 0) yield { entity: element, around };
  if (element.local !== 'EntitiesDescriptor') return;
  for (const child of element.children) yield* identityProviders(child, [...around, element]);
}

const entityIdOf = (entity: XmlElement): string | undefined => attribute(entity, 'entityID')?.trim();

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
  // A header takes no line breaks and no letters beyond ASCII; URIs write both in percent signs.
  return /^[\x21-\x7e]+$/.test(text) ? text : url.href;
}

/**
 * The usable signing certificates. Skips an unusable one with a warning when another can be used: providers may still
 * list an old 1024-bit key, or a future one of another kind. Throws when none is usable.
 */
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
  const read = texts.map((text) => usableOrRefused(text, now));
  const refused = read.filter((one) => one instanceof CertificateRefused);
  const usable = read.filter((one): one is IdpCertificate => !(one instanceof CertificateRefused));
  const [first] = refused;
  if (usable.length === 0 && first) throw new MetadataRefused(`metadata_${first.fault}`, first.message);
  const distinct = [...new Map(usable.map((certificate) => [certificate.pem, certificate])).values()];
  return {
    certificates: distinct.map(({ pem }) => pem),
    warnings: [
      ...distinct.flatMap(({ warnings }) => warnings),
      ...refused.map(({ fault, message }) => ({ code: fault, detail: `${message} It is left out.` })),
    ],
  };
}

function usableOrRefused(text: string, now: Date): IdpCertificate | CertificateRefused {
  try {
    return readIdpCertificate(text, now);
  } catch (error) {
    if (error instanceof CertificateRefused) return error;
    throw error;
  }
}

const DURATION = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const SECONDS_OF_PARTS = [365 * DAY_SECONDS, 30 * DAY_SECONDS, DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, 1];

/** The earliest of what the elements say (saml-metadata-2.0-os section 2.3.2): a duration from now, or an instant. */
function freshnessOf(elements: readonly XmlElement[], now: Date): { freshUntil?: Date } {
  const instants = elements.flatMap((element) => {
    const parts = DURATION.exec(attribute(element, 'cacheDuration') ?? '')?.slice(1);
    const seconds = parts?.reduce((sum, part, at) => sum + Number(part ?? 0) * SECONDS_OF_PARTS[at]!, 0);
    const validUntil = Date.parse(attribute(element, 'validUntil') ?? '');
    return [seconds ? now.getTime() + seconds * 1000 : Number.NaN, validUntil];
  });
  const known = instants.filter((instant) => Number.isFinite(instant));
  return known.length > 0 ? { freshUntil: new Date(Math.min(...known, now.getTime() + 365 * DAY_MS)) } : {};
}

/** Signed metadata would otherwise count for ever: who keeps an old document could bring back a key that was stolen. */
function refuseExpired(elements: readonly XmlElement[], now: Date): void {
  if (isExpired(elements, now))
    throw new MetadataRefused('metadata_expired', 'The metadata was valid until a time now past.');
}

function isExpired(elements: readonly XmlElement[], now: Date): boolean {
  return elements.some((element) => Date.parse(attribute(element, 'validUntil') ?? '') < now.getTime());
}

/** An invalid signature that is not required leads to a warning only. */
function signatureWarnings({ status, detail }: MetadataSignature): SetupWarning[] {
  return status === 'unverified' ? [{ code: 'metadata_signature_unverified', detail }] : [];
}

function documentWarnings(dated: readonly XmlElement[], sso: Endpoint, now: Date): SetupWarning[] {
  const warnings: SetupWarning[] = [];
  if (isExpired(dated, now))
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
