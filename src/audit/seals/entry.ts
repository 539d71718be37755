import type { StoredAuditEvent } from '../stored-audit-event.entity';
import { canonicalJson } from './canonical-json';

/** Columns that the seal does not cover; their commitments stand for them. */
export const NOT_SEALED = ['actorPerson', 'sealedActor', 'dataPerson', 'sealedData'] as const;

/** The columns of an entry that the seal covers. */
export type Sealable = Omit<StoredAuditEvent, (typeof NOT_SEALED)[number]>;

/**
 * The canonical text of an entry that the seal hashes: all its fields, with a salted hash in place of personal data.
 * Must never change, because existing seals depend on it; a new format needs a new version `v`.
 */
export function entryOf(event: Sealable): string {
  return canonicalJson({
    v: 1,
    id: event.id,
    time: event.time.toISOString(),
    type: event.type,
    risk: event.risk,
    actor: { type: event.actorType, id: event.actorId, email: event.actorEmail },
    target: { type: event.targetType, id: event.targetId },
    workspaceId: event.workspaceId,
    ip: event.ip,
    userAgent: event.userAgent,
    requestId: event.requestId,
    data: event.data,
    actorCommitment: event.actorCommitment,
    dataCommitment: event.dataCommitment,
  });
}
