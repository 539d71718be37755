import type { StoredAuditEvent } from '../stored-audit-event.entity';
import { canonicalJson } from './canonical-json';

/** What seals are not over: the commitments stand for it. */
export const NOT_SEALED = ['actorPerson', 'sealedActor', 'dataPerson', 'sealedData'] as const;

/** An entry as far as seals are over it. */
export type Sealable = Omit<StoredAuditEvent, (typeof NOT_SEALED)[number]>;

/**
 * What a seal is over: everything an entry says, with a salted hash in place of what belongs to a person. Once
 * entries are sealed this never changes; a new shape is a new version beside it.
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
