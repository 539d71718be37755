import {
  constants,
  createCipheriv,
  createHash,
  publicEncrypt,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { LIMITS } from '../../src/auth/saml/protocol/limits';
import { SAML } from '../../src/auth/saml/protocol/vocabulary';
import { canonicalXml } from '../../src/xml/canonical-xml';
import { childrenOf, readStrictXml } from '../../src/xml/strict-xml';

const XENC = 'http://www.w3.org/2001/04/xmlenc#';
const XENC11 = 'http://www.w3.org/2009/xmlenc11#';
const DIGESTS: Record<string, string> = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: `${XENC}sha256`,
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  sha512: `${XENC}sha512`,
};

export interface EncryptTerms {
  cipher?: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc';
  transport?: 'oaep-mgf1p' | 'oaep' | 'pkcs1';
  digest?: string;
  mask?: string;
  /** OAEP parameter, the usual one being empty. */
  label?: string;
  /** Where the EncryptedKey stands: in the KeyInfo of the data, or beside the data. */
  keyPlace?: 'inside' | 'beside';
  /** Encrypted for these too, first. */
  alsoFor?: string[];
  /** A change to the cipher text, after encryption. */
  tamper?: (value: Buffer) => Buffer;
}

/** Puts the assertion of a response into an EncryptedAssertion, for the holder of the certificate's key. */
export function encryptAssertion(response: string, certificate: string, terms: EncryptTerms = {}): string {
  const root = readStrictXml(response, LIMITS);
  const assertion = childrenOf(root, SAML, 'Assertion')[0];
  const found = /<((?:\w+:)?)Assertion\s[^]*<\/\1Assertion>/.exec(response)?.[0];
  if (!assertion || !found) throw new Error('There is no assertion to encrypt.');
  // In canonical form it brings along the declarations that stood around it.
  return response.replace(found, () => encrypted(canonicalXml(assertion), certificate, terms));
}

export function encrypted(xml: string, certificate: string, terms: EncryptTerms = {}): string {
  return encryptedElement('EncryptedAssertion', xml, certificate, terms);
}

/** An element of SAML that holds something encrypted for the holder of the certificate's key. */
export function encryptedElement(
  name: 'EncryptedAssertion' | 'EncryptedID',
  xml: string,
  certificate: string,
  terms: EncryptTerms = {},
): string {
  const { cipher = 'aes-256-gcm', keyPlace = 'inside', alsoFor = [], tamper = (value) => value } = terms;
  const bits = Number(cipher.split('-')[1]);
  const key = randomBytes(bits / 8);
  const value = tamper(encipher(cipher, key, Buffer.from(xml)));
  const algorithm = cipher.endsWith('gcm') ? `${XENC11}aes${bits}-gcm` : `${XENC}aes${bits}-cbc`;
  const keys = [...alsoFor, certificate].map((pem) => encryptedKey(key, pem, terms)).join('');
  return (
    `<saml:${name} xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">` +
    `<xenc:EncryptedData xmlns:xenc="${XENC}" Type="${XENC}Element"><xenc:EncryptionMethod Algorithm="${algorithm}"/>` +
    (keyPlace === 'inside'
      ? `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${keys}</ds:KeyInfo>`
      : '') +
    `<xenc:CipherData><xenc:CipherValue>${value.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>` +
    `${keyPlace === 'beside' ? keys : ''}</saml:${name}>`
  );
}

function encipher(name: NonNullable<EncryptTerms['cipher']>, key: Buffer, plain: Buffer): Buffer {
  if (name.endsWith('gcm')) {
    const iv = randomBytes(12);
    const cipher = createCipheriv(name as 'aes-256-gcm', key, iv);
    return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }
  const iv = randomBytes(16);
  const length = 16 - (plain.length % 16);
  const padding = Buffer.concat([randomBytes(length - 1), Buffer.from([length])]);
  const cipher = createCipheriv(name, key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(plain), cipher.update(padding), cipher.final()]);
}

function encryptedKey(key: Buffer, certificate: string, terms: EncryptTerms): string {
  const { transport = 'oaep-mgf1p', digest = 'sha1', mask = transport === 'oaep' ? digest : 'sha1' } = terms;
  const label = Buffer.from(terms.label ?? '');
  const { publicKey } = new X509Certificate(certificate);
  const method = {
    'oaep-mgf1p': `${XENC}rsa-oaep-mgf1p`,
    oaep: `${XENC11}rsa-oaep`,
    pkcs1: `${XENC}rsa-1_5`,
  }[transport];
  const parameters =
    transport === 'pkcs1'
      ? ''
      : `<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="${DIGESTS[digest]}"/>` +
        (transport === 'oaep' ? `<e:MGF xmlns:e="${XENC11}" Algorithm="${XENC11}mgf1${mask}"/>` : '') +
        (label.length > 0 ? `<xenc:OAEPparams>${label.toString('base64')}</xenc:OAEPparams>` : '');
  const modulus = (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const value =
    transport === 'pkcs1'
      ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key)
      : digest === mask
        ? publicEncrypt(
            {
              ...{ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: digest },
              ...(label.length > 0 && { oaepLabel: label }),
            },
            key,
          )
        : publicEncrypt(
            { key: publicKey, padding: constants.RSA_NO_PADDING },
            oaepBlock(key, modulus, { digest, mask, label }),
          );
  return (
    `<xenc:EncryptedKey xmlns:xenc="${XENC}"><xenc:EncryptionMethod Algorithm="${method}">${parameters}</xenc:EncryptionMethod>` +
    `<xenc:CipherData><xenc:CipherValue>${value.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`
  );
}

/** EME-OAEP encoding (RFC 8017 section 7.1.1 step 2). */
function oaepBlock(
  message: Buffer,
  length: number,
  { digest, mask, label }: { digest: string; mask: string; label: Buffer },
): Buffer {
  const labelHash = createHash(digest).update(label).digest();
  const data = Buffer.alloc(length - labelHash.length - 1);
  labelHash.copy(data);
  data[data.length - message.length - 1] = 1;
  message.copy(data, data.length - message.length);
  const seed = randomBytes(labelHash.length);
  const hidden = mix(data, mgf1(mask, seed, data.length));
  return Buffer.concat([Buffer.of(0), mix(seed, mgf1(mask, hidden, seed.length)), hidden]);
}

function mgf1(hash: string, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; blocks.reduce((sum, block) => sum + block.length, 0) < length; counter += 1)
    blocks.push(
      createHash(hash)
        .update(seed)
        .update(Buffer.of(0, 0, 0, counter))
        .digest(),
    );
  return Buffer.concat(blocks).subarray(0, length);
}

const mix = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
