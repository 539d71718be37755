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
import type { InspectMetadataDto } from './metadata/metadata-inspection.dto';
import { MetadataReader } from './metadata/metadata-reader.service';
import type { IdpMetadata, MetadataTerms } from './saml-metadata';
import type { Binding, SamlSettings } from './saml-settings.entity';

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
  metadataCertificates?: string[];
}

export interface Described {
  readonly description: SamlDescription;
  /** Whether it comes from metadata, rather than from what was typed in. */
  readonly fromMetadata: boolean;
  readonly warnings: readonly SetupWarning[];
  /** When the document that this comes from should be read again, if it says so. */
  readonly freshUntil?: Date;
}

const METADATA_TYPES = 'application/samlmetadata+xml, application/xml, text/xml';
const ONE_SOURCE =
  'Give one of these only: metadataXml, metadataUrl, or the single fields. Beside metadata of several, entityId says which.';

/** What is known of the identity provider already, as far as it decides how its metadata is read. */
export type KnownProvider = Pick<SamlSettings, 'entityId' | 'metadataUrl' | 'metadataCertificates'>;

/**
 * Turns an administrator's input into settings: parses metadata and certificates, fetches metadata and discovery
 * documents. Waits for other servers, so it must run outside a transaction. Throws 400 with a code for the fault.
 */
@Injectable()
export class ProviderSetUp {
  constructor(
    private readonly outbound: OutboundClient,
    private readonly reader: MetadataReader,
  ) {}

  /**
   * Reads the description of a SAML identity provider from metadata or single fields. Metadata must be signed by
   * `metadataCertificates` from the input, else by the known ones, if any. When only new certificates are given, the
   * known metadata is read again, to check that they fit.
   */
  async describeSaml(input: SamlInputDto, now: Date, known?: KnownProvider): Promise<Described> {
    const trust = readCertificates('saml.metadataCertificates', input.metadataCertificates, now);
    const certificates = trust?.pems ?? known?.metadataCertificates ?? [];
    refuseSeveralSources(input);
    const source = sourceOf(input, known);
    const terms = { certificates, entityId: input.entityId ?? known?.entityId };
    const metadata = await this.readMetadata(source, now, terms);
    const isReadAgain = source.metadataUrl !== input.metadataUrl;
    refuseOther(metadata, isReadAgain ? known?.entityId : input.entityId);
    const described = metadata ? describe(metadata, source.metadataUrl ?? null) : readFields(input, now);
    if (!trust) return described;
    return {
      ...described,
      description: { ...described.description, metadataCertificates: trust.pems },
      warnings: [...described.warnings, ...trust.warnings],
    };
  }

  /** Reads metadata from the text or the URL that is given; undefined when neither is. */
  private async readMetadata(
    { metadataXml, metadataUrl }: MetadataSource,
    now: Date,
    terms: MetadataTerms,
  ): Promise<IdpMetadata | undefined> {
    const document = metadataXml ?? (metadataUrl !== undefined && (await this.fetchMetadata(metadataUrl)));
    return document === false ? undefined : this.reader.read(document, now, terms);
  }

  /** Reads metadata as a connection would that trusts these certificates for it; undefined when none is given. */
  async inspect(
    { metadataXml, metadataUrl, metadataCertificates, entityId }: InspectMetadataDto,
    now: Date,
  ): Promise<IdpMetadata | undefined> {
    const certificates = readCertificates('metadataCertificates', metadataCertificates, now)?.pems;
    return this.readMetadata({ metadataXml, metadataUrl }, now, { certificates, entityId });
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

export interface MetadataSource {
  readonly metadataXml?: string | undefined;
  readonly metadataUrl?: string | undefined;
}

/** The fields for a provider without metadata. With metadata, the entity ID selects one of several entities. */
const SINGLE_FIELDS = [
  ...(['ssoUrl', 'ssoPostUrl', 'certificates', 'sloUrl', 'sloBinding', 'sloResponseUrl'] as const),
];

function refuseSeveralSources(input: SamlInputDto): void {
  const ofMetadata = [input.metadataXml, input.metadataUrl].filter((source) => source !== undefined).length;
  const typed = SINGLE_FIELDS.some((field) => input[field] !== undefined);
  if (ofMetadata + Number(typed) <= 1) return;
  throw new ValidationFailed([{ field: 'saml', message: ONE_SOURCE }]);
}

function refuseOther(metadata: IdpMetadata | undefined, wanted: string | undefined): void {
  if (!metadata || wanted === undefined || metadata.entityId === wanted) return;
  throw new BadRequest(
    'metadata_entity_not_found',
    `The metadata describes ${metadata.entityId}, not ${wanted}.`,
  );
}

/** New certificates alone have to hold for the metadata that is known; they say nothing about what was typed in. */
function sourceOf(input: SamlInputDto, known: KnownProvider | undefined): MetadataSource {
  const { metadataXml, metadataUrl, entityId, metadataCertificates: trust = [] } = input;
  const describes = [metadataXml, metadataUrl, entityId, ...SINGLE_FIELDS.map((field) => input[field])];
  const isTrustAlone = trust.length > 0 && describes.every((given) => given === undefined);
  return isTrustAlone && known?.metadataUrl
    ? { metadataUrl: known.metadataUrl }
    : { metadataXml, metadataUrl };
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
    ...((ssoBinding === 'post' || !ssoPostUrl) && { requestBinding: ssoBinding }),
    sloUrl: sloUrl ?? null,
    ...(sloBinding && { sloBinding }),
    sloResponseUrl: sloResponseUrl ?? null,
  };
  const { warnings, freshUntil } = metadata;
  return { description, warnings, fromMetadata: true, ...(freshUntil && { freshUntil }) };
}

function readFields(
  { entityId, ssoUrl, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl, certificates }: SamlInputDto,
  now: Date,
): Described {
  refuseBadUrl('saml.ssoUrl', ssoUrl);
  refuseBadUrl('saml.ssoPostUrl', ssoPostUrl);
  refuseBadUrl('saml.sloUrl', sloUrl);
  refuseBadUrl('saml.sloResponseUrl', sloResponseUrl);
  const { pems, warnings = [] } = readCertificates('saml.certificates', certificates, now) ?? {};
  if (ssoUrl?.startsWith('http:')) {
    warnings.push({ code: 'sso_url_not_https', detail: 'The single sign-on URL is not https.' });
  }
  const said = { entityId, ssoUrl, ssoPostUrl, sloUrl, sloBinding, sloResponseUrl, certificates: pems };
  const description = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  // Fields typed by hand are no longer those of the document at that URL.
  return {
    description: Object.keys(description).length > 0 ? { ...description, metadataUrl: null } : {},
    warnings,
    fromMetadata: false,
  };
}

function readCertificates(
  field: string,
  texts: readonly string[] | undefined,
  now: Date,
): { pems: string[]; warnings: SetupWarning[] } | undefined {
  const read = texts?.map((text, index) => readCertificate(`${field}.${index}`, text, now));
  return (
    read && {
      pems: [...new Set(read.map(({ pem }) => pem))],
      warnings: read.flatMap(({ warnings }) => warnings),
    }
  );
}

function readCertificate(field: string, text: string, now: Date): ReturnType<typeof readIdpCertificate> {
  try {
    return readIdpCertificate(text, now);
  } catch (error) {
    if (!(error instanceof CertificateRefused)) throw error;
    throw new BadRequest(error.fault, error.message, [{ field, message: error.message }]);
  }
}

function refuseBadUrl(field: string, text: string | null | undefined): void {
  if (text === null || text === undefined) return;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = /^[\x21-\x7e]+$/.test(text);
  if (isPlain && url && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password) return;
  throw new ValidationFailed([{ field, message: 'This must be an https URL.' }]);
}
