import { type KeyObject, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeUtf8 } from '../../../xml/strict-xml';
import { SIGNATURE_ALGORITHM, SIGNATURE_ALGORITHMS } from '../../../xml/signature-vocabulary';
import { trustedKey } from '../../../xml/trusted-key';
import { SamlLogoutRefusal } from './logout-refusal';

/** The query parameter of a message: a request or a response. */
export type MessageField = 'SAMLRequest' | 'SAMLResponse';

export interface OutgoingMessage {
  readonly field: MessageField;
  readonly xml: string;
  readonly relayState?: string | undefined;
}

/** A message from a URL, not verified. */
export interface RedirectedMessage {
  readonly field: MessageField;
  readonly xml: string;
  readonly relayState: string | undefined;
  /** The very characters that were signed, in the order that the binding fixes. */
  readonly signedText: string;
  readonly signatureAlgorithm: string | undefined;
  readonly signature: Buffer | undefined;
}

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

const signOffLoop = promisify(sign);

/** Less memory for messages of one or two kilobytes: zlib's default is a quarter of a megabyte each. */
const SMALL = { windowBits: 11, memLevel: 4 };
const MAX_BYTES = 64 * 1024;
const DEFLATE = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE';
const PARAMETERS = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding'];

/**
 * The address that carries a message to `location` by the HTTP-Redirect binding (SAML Bindings section 3.4), signed
 * with RSA-SHA256 if there is a key. Signing does not hold up the event loop. A query that the address has already
 * stays in front.
 */
export async function redirectUrl(
  location: string,
  message: OutgoingMessage,
  privateKey: KeyObject | undefined,
): Promise<string> {
  const { field, xml, relayState } = message;
  const parts = [
    [field, deflateRawSync(Buffer.from(xml), SMALL).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
    ...(privateKey ? [['SigAlg', RSA_SHA256]] : []),
  ];
  let query = parts.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join('&');
  if (privateKey) {
    const signature = await signOffLoop('sha256', Buffer.from(query), privateKey);
    query += `&Signature=${encodeURIComponent(signature.toString('base64'))}`;
  }
  return `${location}${location.includes('?') ? '&' : '?'}${query}`;
}

/**
 * Reads a message from the query string as it was sent, because the signature covers that encoding.
 * @throws SamlLogoutRefusal when there is no message, more than one, or one that cannot be inflated
 */
export function readRedirect(query: string): RedirectedMessage {
  const sent = parametersOf(query);
  const fields = (['SAMLRequest', 'SAMLResponse'] as const).filter((name) => sent.has(name));
  const [field] = fields;
  if (!field) throw new SamlLogoutRefusal('saml_logout_missing', 'The address carries no message.');
  if (fields.length > 1) throw malformed('a request and a response at once');
  if (![undefined, DEFLATE].includes(decoded(sent.get('SAMLEncoding'))))
    throw malformed('an unknown SAMLEncoding');

  const signed = [field, 'RelayState', 'SigAlg'].filter((name) => sent.has(name));
  const signature = decoded(sent.get('Signature'));
  return {
    field,
    xml: inflate(decoded(sent.get(field)) ?? ''),
    relayState: decoded(sent.get('RelayState')),
    signedText: signed.map((name) => `${name}=${sent.get(name)}`).join('&'),
    signatureAlgorithm: decoded(sent.get('SigAlg')),
    signature: signature ? fromBase64(signature) : undefined,
  };
}

/**
 * @throws SamlLogoutRefusal unless the message was signed with the key of one of the certificates (PEM), by an
 *   accepted algorithm
 */
export function verifyRedirect(message: RedirectedMessage, certificates: readonly string[]): void {
  const { signature, signatureAlgorithm, signedText } = message;
  if (!signature || !signatureAlgorithm)
    throw new SamlLogoutRefusal('saml_logout_unsigned', 'The address carries no signature.');
  // A name that every object has, as toString, is no algorithm.
  const isKnown = SIGNATURE_ALGORITHMS.includes(signatureAlgorithm);
  const algorithm = isKnown ? SIGNATURE_ALGORITHM[signatureAlgorithm] : undefined;
  if (!algorithm) throw new SamlLogoutRefusal('saml_logout_algorithm_refused', signatureAlgorithm);
  const isGood = certificates.some((pem) => {
    const key = trustedKey(pem).keys[algorithm.key];
    return key !== undefined && verify(algorithm.hash, Buffer.from(signedText), key, signature);
  });
  if (!isGood)
    throw new SamlLogoutRefusal(
      'saml_logout_signature_invalid',
      "It was made by none of the connection's keys.",
    );
}

/** Raw values by name. Refuses a repeated name, which could be read in two ways. */
function parametersOf(query: string): Map<string, string> {
  const sent = new Map<string, string>();
  for (const part of query.split('&')) {
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    if (!PARAMETERS.includes(name)) continue;
    if (sent.has(name)) throw malformed(`${name} more than once`);
    sent.set(name, at < 0 ? '' : part.slice(at + 1));
  }
  return sent;
}

function decoded(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    throw malformed('a percent sign too many');
  }
}

/** Some senders do not escape the plus sign of Base64, which then decodes to a space. */
function fromBase64(text: string): Buffer {
  const base64 = text.replaceAll(' ', '+').replace(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw malformed('something that is not Base64');
  return Buffer.from(base64, 'base64');
}

function inflate(text: string): string {
  const packed = fromBase64(text);
  try {
    return decodeUtf8(inflateRawSync(packed, { maxOutputLength: MAX_BYTES }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new SamlLogoutRefusal('saml_logout_too_large', `More than ${MAX_BYTES} bytes.`);
    throw malformed('a message that cannot be unpacked');
  }
}

function malformed(found: string): SamlLogoutRefusal {
  return new SamlLogoutRefusal('saml_logout_malformed', `The address carries ${found}.`);
}
