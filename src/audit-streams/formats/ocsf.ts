import type { Risk } from '../../audit/audit-event';
import type { ReadableEvent, SealedEntry } from '../../audit/seals/sealed-entries.service';
import { meaningOf } from './meaning';
import { ocsfClassOf } from './ocsf-classes';

export const OCSF_VERSION = '1.1.0';

type Object_ = Record<string, unknown>;

const SEVERITIES: Readonly<Record<Risk, readonly [id: number, name: string]>> = {
  low: [1, 'Informational'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};
const STATUSES = { 1: 'Success', 2: 'Failure' } as const;

/** An event as the Open Cybersecurity Schema Framework has it. What has no place there is under `unmapped`. */
export function ocsfOf({ event, seal, position, erased }: SealedEntry): Object_ {
  const { classUid, className, activityId, activityName, statusId } = ocsfClassOf(event.type);
  const categoryUid = Math.floor(classUid / 1000);
  const [severityId, severity] = SEVERITIES[event.risk];
  const reason = textOf(event.data.reason ?? event.data.code);
  return withoutUndefined({
    activity_id: activityId,
    activity_name: activityName,
    category_uid: categoryUid,
    category_name: categoryUid === 3 ? 'Identity & Access Management' : 'Application Activity',
    class_uid: classUid,
    class_name: className,
    type_uid: classUid * 100 + activityId,
    type_name: `${className}: ${activityName}`,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status: STATUSES[statusId],
    status_detail: reason,
    time: Date.parse(event.time),
    message: meaningOf(event.type),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Gatehouse', vendor_name: 'Gatehouse' },
      uid: event.id,
      event_code: event.type,
      original_time: event.time,
      correlation_uid: event.requestId ?? undefined,
      tenant_uid: event.workspaceId,
      log_name: 'audit',
    },
    actor: { user: actorOf(event) },
    src_endpoint: event.ip ? { ip: event.ip } : { svc_name: 'gatehouse' },
    http_request: event.userAgent ? { user_agent: event.userAgent } : undefined,
    ...ofClass(classUid, event),
    unmapped: {
      target: event.target ?? undefined,
      data: event.data,
      order: { seal, position },
      ...(erased && { erased }),
    },
  });
}

/** What each class requires beyond the base event. */
function ofClass(classUid: number, event: ReadableEvent): Object_ {
  switch (classUid) {
    case 3001:
      return { user: personOf(event) };
    case 3002:
      return {
        user: event.actor.type === 'user' && !isByAnother(event) ? actorOf(event) : personOf(event),
        service: { name: 'Gatehouse', uid: event.workspaceId },
        is_remote: true,
        ...protocolOf(event),
      };
    case 3004:
      return { entity: entityOf(event) };
    case 3006:
      return { group: { uid: event.target?.id ?? undefined, name: nameOf(event) } };
    default:
      return {
        api: {
          operation: event.type,
          request: event.requestId ? { uid: event.requestId } : undefined,
          service: { name: 'Gatehouse' },
        },
        resources: event.target ? [entityOf(event)] : undefined,
      };
  }
}

const ACTORS = {
  user: [1, 'User'],
  api_key: [99, 'API key'],
  scim: [99, 'Directory'],
  system: [3, 'System'],
} as const satisfies Record<ReadableEvent['actor']['type'], readonly [id: number, name: string]>;

/** Somebody of whom nothing is known, or nothing any more, has a name that says so. */
function actorOf({ actor }: ReadableEvent): Object_ {
  const [typeId, type] = ACTORS[actor.type];
  const name = actor.email ?? (actor.type === 'system' ? 'Gatehouse' : (actor.id ?? 'unknown'));
  return { type_id: typeId, type, uid: actor.id ?? undefined, name, email_addr: actor.email };
}

/**
 * The person it was done to. Whoever did it is that person in what people do to their own ways in, and where nobody
 * else is named; an admin who erases somebody is not the one who was erased.
 */
function personOf(event: ReadableEvent): Object_ {
  const { type, target, data, actor } = event;
  const memberId = textOf(data.memberId) ?? (target && isPerson(target.type) ? target.id : null);
  const isTheirOwn = memberId === null || (type.startsWith('auth.') && !isByAnother(event));
  const email = textOf(data.email) ?? (isTheirOwn ? actor.email : undefined);
  const uid = memberId ?? (email === actor.email ? actor.id : null);
  return {
    type_id: 1,
    type: 'User',
    uid: uid ?? undefined,
    name: email ?? textOf(data.userName) ?? uid ?? 'unknown',
    email_addr: email,
  };
}

const isPerson = (type: string): boolean => type === 'member' || type === 'user';

/** Whose address has been erased is not called by that of the admin. */
const BY_ANOTHER: readonly string[] = ['auth.factors_reset', 'auth.role_escalated'];

const isByAnother = ({ type, data }: ReadableEvent): boolean =>
  data.reason === 'ended_by_admin' || BY_ANOTHER.includes(type);

function entityOf(event: ReadableEvent): Object_ {
  const { target, workspaceId } = event;
  return {
    type: target?.type ?? 'workspace',
    uid: target?.id ?? workspaceId,
    name: nameOf(event),
  };
}

const nameOf = ({ data, target, workspaceId }: ReadableEvent): string =>
  textOf(data.name ?? data.connection ?? data.domain ?? data.displayName) ?? target?.id ?? workspaceId;

function protocolOf({ data, type }: ReadableEvent): Object_ {
  const protocol = textOf(data.protocol ?? data.method);
  if (protocol === 'saml') return { auth_protocol_id: 5, auth_protocol: 'SAML' };
  if (protocol === 'oidc') return { auth_protocol_id: 4, auth_protocol: 'OpenID' };
  return type.startsWith('auth.') && protocol ? { auth_protocol_id: 99, auth_protocol: protocol } : {};
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function withoutUndefined(value: Object_): Object_ {
  return JSON.parse(JSON.stringify(value)) as Object_;
}
