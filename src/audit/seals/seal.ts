import { sha256 } from '../../crypto/sha256';
import { canonicalJson } from './canonical-json';

/** The signed content of a seal. Hashes are in base64. */
export interface SealContent {
  readonly workspaceId: string;
  /** Starts at 1, without gaps. */
  readonly number: number;
  /** Number of entries that this seal covers. */
  readonly size: number;
  /** Number of entries that this and all earlier seals cover. */
  readonly total: number;
  readonly root: string;
  /** The head of the previous seal; empty for the first. */
  readonly previous: string;
  /** RFC 3339, to the millisecond. */
  readonly time: string;
}

/** A seal with its signature. */
export interface Seal extends SealContent {
  readonly head: string;
  readonly keyId: string;
  /** Ed25519 signature of the checkpoint, in base64. */
  readonly signature: string;
}

/** The hash of a seal. Through `previous` it covers all earlier seals as well. */
export function headOf(content: SealContent): string {
  return sha256(canonicalJson(content)).toString('base64');
}

/** The text that is signed: workspace, number of entries, and head. Three lines, as a signed note requires. */
export function checkpointOf({ workspaceId, total }: SealContent, head: string): string {
  return `gatehouse audit log ${workspaceId}\n${total}\n${head}\n`;
}
