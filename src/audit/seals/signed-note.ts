import { createHash } from 'node:crypto';
import { checkpointOf, type Seal } from './seal';

/** The name of the signer in signed notes. */
const SIGNER = 'gatehouse-audit';
/** The type of Ed25519 signatures in the signed-note format. */
const ED25519 = Buffer.from([1]);

/**
 * A checkpoint as a signed note (C2SP signed-note): the text, an empty line, and a line with the signature. A copy
 * kept outside this host shows later whether the log has been rewritten.
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
