import { createHash } from 'node:crypto';
import { checkpointOf, type Seal } from './seal';

/** Who signs, as verifiers of notes name it. */
const SIGNER = 'gatehouse-audit';
/** Ed25519 in the registry of signed notes. */
const ED25519 = Buffer.from([1]);

/**
 * A checkpoint as a signed note (C2SP signed-note): the text, an empty line, and a line with the signature. Keep
 * one outside this host, and a log that was written anew does not pass for the one it was.
 * @param publicKey 32 bytes in base64
 */
export function signedNote(seal: Seal, publicKey: string): string {
  const key = Buffer.from(publicKey, 'base64');
  const keyHash = createHash('sha256')
    .update(`${SIGNER}\n`)
    .update(ED25519)
    .update(key)
    .digest()
    .subarray(0, 4);
  const signature = Buffer.concat([keyHash, Buffer.from(seal.signature, 'base64')]).toString('base64');
  return `${checkpointOf(seal, seal.head)}\n— ${SIGNER} ${signature}\n`;
}
