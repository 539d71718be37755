import { sha256 } from '../../crypto/sha256';
import { canonicalJson } from './canonical-json';

/** What a seal says. Hashes are in base64. */
export interface SealContent {
  readonly workspaceId: string;
  /** Beginning with 1, without gaps. */
  readonly number: number;
  /** How many entries it covers. */
  readonly size: number;
  /** How many entries all seals up to it cover. */
  readonly total: number;
  readonly root: string;
  /** The head of the seal before; empty for the first. */
  readonly previous: string;
  /** RFC 3339, to the millisecond. */
  readonly time: string;
}

/** A seal that is signed. */
export interface Seal extends SealContent {
  readonly head: string;
  readonly keyId: string;
  /** Ed25519 over the checkpoint, in base64. */
  readonly signature: string;
}

/** The hash over a seal, and through `previous` over all seals before it. */
export function headOf(content: SealContent): string {
  return sha256(canonicalJson(content)).toString('base64');
}

/** What is signed: which log, how many entries, and the head over all of them. Three lines, as in a signed note. */
export function checkpointOf({ workspaceId, total }: SealContent, head: string): string {
  return `gatehouse audit log ${workspaceId}\n${total}\n${head}\n`;
}
