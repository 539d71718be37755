import { Injectable } from '@nestjs/common';
import { BadRequest, ValidationFailed } from '../http/problems';
import { OutboundClient } from '../outbound/outbound.client';
import { OutboundFailed, OutboundRefused } from '../outbound/outbound.errors';
import type { SamlInputDto } from './connection-input.dto';
import { CertificateRefused, readIdpCertificate, type SetupWarning } from './idp-certificate';
import { discoverOidc, type OidcEndpoints } from './oidc-discovery';
import type { OidcInputDto } from './oidc-input.dto';
import { describeOidc, type OidcFields, signsItself } from './oidc-set-up';
import type { OidcSettings } from './oidc-settings.entity';
import { type IdpMetadata, MetadataRefused, parseIdpMetadata } from './saml-metadata';
import type { Binding } from './saml-settings.entity';

/** What an administrator said about a SAML identity provider; absent: not said. */
export interface SamlDescription {
  entityId?: string;
  ssoUrl?: string;
  ssoPostUrl?: string | null;
  sloUrl?: string | null;
  sloBinding?: Binding;
  sloResponseUrl?: string | null;
  /** Set where the identity provider takes requests in one way only. */
  requestBinding?: Binding;
  certificates?: string[];
  metadataUrl?: string | null;
}

export interface Described {
  readonly description: SamlDescription;
  readonly warnings: readonly SetupWarning[];
  /** When the document that this comes from should be read again, if it says so. */
  readonly freshUntil?: Date;
}

const METADATA_TYPES = 'application/samlmetadata+xml, application/xml, text/xml';
const ONE_SOURCE = 'Give one of these only: metadataXml, metadataUrl, or the single fields.';

/**
 * Turns what an administrator gives into what can be trusted: parses metadata and certificates, fetches metadata
 * and discovery documents. Waits for other people's servers, so only outside a transaction. Throws 400 with a code
 * that names what is wrong.
 */
@Injectable()
export class ProviderSetUp {
  constructor(private readonly outbound: OutboundClient) {}

  /** Reads what was said about a SAML identity provider, from metadata or from single fields. */
  async describeSaml(input: SamlInputDto, now: Date): Promise<Described> {
    const { metadataXml, metadataUrl } = input;
    const singleFields = [
      ...[input.entityId, input.ssoUrl, input.ssoPostUrl, input.certificates],
      ...[input.sloUrl, input.sloBinding, input.sloResponseUrl],
    ];
    const sources = [metadataXml, metadataUrl, singleFields.find((field) => field !== undefined)];
    if (sources.filter((source) => source !== undefined).length > 1) {
      throw new ValidationFailed([{ field: 'saml', message: ONE_SOURCE }]);
    }
    const metadata = await this.readMetadata({ metadataXml, metadataUrl }, now);
    return metadata ? describe(metadata, metadataUrl ?? null) : readFields(input, now);
  }

  /** Reads metadata from the text or the URL that is given; undefined when neither is. */
  async readMetadata(
    { metadataXml, metadataUrl }: { metadataXml?: string | undefined; metadataUrl?: string | undefined },
    now: Date,
  ): Promise<IdpMetadata | undefined> {
    const document = metadataXml ?? (metadataUrl !== undefined && (await this.fetchMetadata(metadataUrl)));
    if (document === false) return undefined;
    try {
      return parseIdpMetadata(document, now);
    } catch (error) {
      if (error instanceof MetadataRefused) throw new BadRequest(error.code, error.message);
      throw error;
    }
  }

  /** Reads what was said about an OIDC provider; asks it to describe itself unless its endpoints were typed in. */
  describeOidc(input: OidcInputDto, before?: OidcSettings): Promise<Partial<OidcFields>> {
    return describeOidc(input, before, (issuer) => this.discover(issuer));
  }

  /** Asks an OIDC provider to describe itself. */
  discover(issuer: string): Promise<OidcEndpoints> {
    return discoverOidc(issuer, (request) => this.outbound.request(request));
  }

  private async fetchMetadata(url: string): Promise<Buffer> {
    try {
      const { status, body } = await this.outbound.request({ url, headers: { accept: METADATA_TYPES } });
      if (status === 200) return body;
      throw new BadRequest('metadata_unreachable', `The metadata URL answered with status ${status}.`);
    } catch (error) {
      if (error instanceof OutboundRefused || error instanceof OutboundFailed) {
        throw new BadRequest('metadata_unreachable', error.message);
      }
      throw error;
    }
  }
}

/** Single fields: every one of them is needed for a new connection. */
export function refuseIncompleteSaml(input: SamlInputDto | undefined): asserts input is SamlInputDto {
  if (input?.metadataXml !== undefined || input?.metadataUrl !== undefined) return;
  const missing = (['entityId', 'ssoUrl', 'certificates'] as const).filter((field) => !input?.[field]);
  if (missing.length === 3) {
    throw new ValidationFailed([
      { field: 'saml', message: 'Give metadataXml, metadataUrl, or entityId with ssoUrl and certificates.' },
    ]);
  }
  if (missing.length > 0) {
    throw new ValidationFailed(
      missing.map((field) => ({ field: `saml.${field}`, message: 'This is needed.' })),
    );
  }
}

/** A new connection needs all three of an OIDC client, or two where it signs with its own key. */
export function refuseIncompleteOidc(
  input: OidcInputDto | undefined,
): asserts input is OidcInputDto & { issuer: string; clientId: string } {
  const secret = input && signsItself(input) ? [] : (['clientSecret'] as const);
  const missing = (['issuer', 'clientId', ...secret] as const).filter((field) => !input?.[field]);
  if (missing.length > 0) {
    throw new ValidationFailed(
      missing.map((field) => ({ field: `oidc.${field}`, message: 'This is needed.' })),
    );
  }
}

function describe(metadata: IdpMetadata, metadataUrl: string | null): Described {
  const { entityId, ssoUrl, ssoBinding, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl } = metadata;
  const description = {
    ...{ entityId, ssoUrl, metadataUrl, certificates: [...metadata.certificates] },
    ssoPostUrl: ssoPostUrl ?? null,
    ...(ssoBinding === 'post' && { requestBinding: ssoBinding }),
    sloUrl: sloUrl ?? null,
    ...(sloBinding && { sloBinding }),
    sloResponseUrl: sloResponseUrl ?? null,
  };
  const { warnings, freshUntil } = metadata;
  return { description, warnings, ...(freshUntil && { freshUntil }) };
}

function readFields(
  { entityId, ssoUrl, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl, certificates }: SamlInputDto,
  now: Date,
): Described {
  refuseBadUrl('saml.ssoUrl', ssoUrl);
  refuseBadUrl('saml.ssoPostUrl', ssoPostUrl);
  refuseBadUrl('saml.sloUrl', sloUrl);
  refuseBadUrl('saml.sloResponseUrl', sloResponseUrl);
  const read = certificates?.map((text, index) => readCertificate(text, index, now));
  const pems = read && [...new Set(read.map(({ pem }) => pem))];
  const warnings = read?.flatMap((certificate) => certificate.warnings) ?? [];
  if (ssoUrl?.startsWith('http:')) {
    warnings.push({ code: 'sso_url_not_https', detail: 'The single sign-on URL is not https.' });
  }
  const said = { entityId, ssoUrl, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl, certificates: pems };
  const description = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  // Fields typed by hand are no longer those of the document at that URL.
  return {
    description: Object.keys(description).length > 0 ? { ...description, metadataUrl: null } : {},
    warnings,
  };
}

function readCertificate(text: string, index: number, now: Date): ReturnType<typeof readIdpCertificate> {
  try {
    return readIdpCertificate(text, now);
  } catch (error) {
    if (!(error instanceof CertificateRefused)) throw error;
    throw new BadRequest(error.fault, error.message, [
      { field: `saml.certificates.${index}`, message: error.message },
    ]);
  }
}

function refuseBadUrl(field: string, text: string | null | undefined): void {
  if (text === null || text === undefined) return;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password && !/\s/.test(text))
    return;
  throw new ValidationFailed([{ field, message: 'This must be an https URL.' }]);
}
