import type { AuditActor, AuditRecord } from '../audit-event';

/** The person that a part of an event belongs to: a user or member by id, or an email address. */
export interface Subject {
  readonly kind: 'user' | 'member' | 'email';
  readonly id: string | null;
  readonly email: string | null;
}

/** The actor of an event, when it is a person. */
export function subjectOfActor({ type, id, email }: AuditActor): Subject | undefined {
  if (type !== 'user') return undefined;
  const address = email === undefined ? null : fold(email);
  if (id !== null) return { kind: 'user', id, email: address };
  return address === null ? undefined : { kind: 'email', id: null, email: address };
}

/**
 * The person that the data of an event is about: the target member, a member named in the data, or else an email
 * address in it. Undefined when it is about no person.
 */
export function subjectOfData({
  target,
  data = {},
}: Pick<AuditRecord, 'target' | 'data'>): Subject | undefined {
  const email = text(data.email);
  if (target && (target.type === 'member' || target.type === 'user'))
    return { kind: target.type, id: target.id, email };
  const memberId = text(data.memberId);
  if (memberId !== null) return { kind: 'member', id: memberId, email };
  const address = email ?? text(data.contactEmail) ?? text(data.subject);
  return address === null ? undefined : { kind: 'email', id: null, email: address };
}

const fold = (address: string): string => address.trim().toLowerCase();

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? fold(value) : null;
}
