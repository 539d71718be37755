import { JsonRefused, parseStrictJsonObject } from '../../crypto/strict-json';
import { BadRequest } from '../../http/problems';
import { OutboundFailed, OutboundRefused } from '../../outbound/outbound.errors';
import type { RequestFunction } from '../oidc-discovery';

const MAX_DOCUMENT_BYTES = 256 * 1024;

/**
 * Where a transmitter of security events publishes its keys (Shared Signals Framework 1.0 section 6.2). The issuer is
 * compared character by character. Throws 400 `ssf_discovery_failed`, `ssf_issuer_mismatch`, `ssf_keys_missing`.
 */
export async function discoverTransmitterKeys(issuer: string, request: RequestFunction): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  // Between host and path, as of RFC 8414.
  const url = `${origin}/.well-known/ssf-configuration${pathname.replace(/\/$/, '')}`;
  const metadata = await fetchMetadata(url, request);
  if (metadata.issuer !== issuer) {
    throw new BadRequest(
      'ssf_issuer_mismatch',
      `The transmitter calls itself ${JSON.stringify(metadata.issuer)?.slice(0, 200) ?? 'nothing'}; enter exactly that if it is the right one.`,
    );
  }
  if (typeof metadata.jwks_uri !== 'string')
    throw new BadRequest(
      'ssf_keys_missing',
      'The transmitter does not say where its keys are: give jwksUri.',
    );
  return metadata.jwks_uri;
}

async function fetchMetadata(url: string, request: RequestFunction): Promise<Record<string, unknown>> {
  try {
    const { status, body } = await request({
      url,
      headers: { accept: 'application/json' },
      maxBytes: MAX_DOCUMENT_BYTES,
    });
    if (status !== 200) throw failed(`${url} answered with status ${status}.`);
    return parseStrictJsonObject(body);
  } catch (error) {
    if (error instanceof OutboundRefused || error instanceof OutboundFailed) throw failed(error.message);
    if (error instanceof JsonRefused) throw failed(`${url} did not answer with a JSON object.`);
    throw error;
  }
}

const failed = (detail: string) => new BadRequest('ssf_discovery_failed', detail);
