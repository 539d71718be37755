import { X509Certificate } from 'node:crypto';
import { type RegistrationResponseJSON, SettingsService } from '@simplewebauthn/server';
import {
  convertCOSEtoPKCS,
  decodeAttestationObject,
  isoCBOR,
  parseAuthenticatorData,
} from '@simplewebauthn/server/helpers';
import { sha256 } from '../../../crypto/sha256';
import { InvalidPasskey } from '../invalid-code';
import { orRefuse } from './or-refuse';

/**
 * What authenticators say of themselves (WebAuthn section 8). We ask for nothing, and browsers mostly leave it out; some
 * authenticators, and browsers under the policy of a company, send it all the same. It must be in order then: its
 * signature is by the key in its certificate, over this very credential. Who issued the certificate is not looked at,
 * and it makes nobody more trusted than `none` does.
 */
const FORMATS = ['none', 'packed', 'fido-u2f', 'tpm', 'apple', 'android-key'];

// Without roots the library follows no chain. It would ask addresses in the certificates whether they were revoked.
for (const identifier of ['packed', 'fido-u2f', 'tpm', 'apple'] as const)
  SettingsService.setRootCertificates({ identifier, certificates: [] });

/** A registration whose statement the library can verify without asking anybody, and what the authenticator said. */
export interface Attested {
  readonly response: RegistrationResponseJSON;
  readonly authenticatorData: Buffer;
}

/** Throws InvalidPasskey: `malformed_response`, `unknown_attestation`, `wrong_attestation`. */
export function readAttestation(response: RegistrationResponseJSON): Attested {
  const { attestationObject, clientDataJSON } = response.response;
  const object = orRefuse('malformed_response', () =>
    decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url'))),
  );
  const authenticatorData = orRefuse('malformed_response', () => Buffer.from(object.get('authData')));
  if (!FORMATS.includes(object.get('fmt'))) throw new InvalidPasskey('unknown_attestation');
  if (object.get('fmt') !== 'android-key') return { response, authenticatorData };
  const signed = orRefuse('wrong_attestation', () =>
    asSelfAttested(object, sha256(Buffer.from(clientDataJSON, 'base64url'))),
  );
  return {
    response: { ...response, response: { ...response.response, attestationObject: signed } },
    authenticatorData,
  };
}

/**
 * Android (section 8.4) certifies the new key itself and signs with it: apart from the chain, which the library would
 * follow to a root that came along with it, this is a signature by the credential, as packed self attestation is.
 */
function asSelfAttested(object: ReturnType<typeof decodeAttestationObject>, clientDataHash: Buffer): string {
  const statement = object.get('attStmt');
  const leaf = new X509Certificate(Buffer.from(statement.get('x5c')![0]!));
  const key = convertCOSEtoPKCS(parseAuthenticatorData(object.get('authData')).credentialPublicKey!);
  const certified = leaf.publicKey.export({ type: 'spki', format: 'der' });
  // The point is the end of the key, and the challenge an OCTET STRING in the description of the key.
  const isOfThisKey = certified.subarray(-key.length).equals(key);
  const isOfThisCall = leaf.raw.includes(Buffer.concat([Buffer.from([0x04, 0x20]), clientDataHash]));
  if (!isOfThisKey || !isOfThisCall) throw new Error('This certificate is of another key or another call.');
  const self = new Map<string, unknown>([
    ['fmt', 'packed'],
    [
      'attStmt',
      new Map([
        ['alg', statement.get('alg')],
        ['sig', statement.get('sig')],
      ] as [string, unknown][]),
    ],
    ['authData', object.get('authData')],
  ]);
  return Buffer.from(isoCBOR.encode(self as never)).toString('base64url');
}
