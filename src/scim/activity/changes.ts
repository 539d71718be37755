import type { AuditRecord } from '../../audit/audit-event';
import { masked } from './masking';
import type { ActivityEntry } from './activity-entry';

/** What a request did to one user or group. */
export interface ActivityChange {
  readonly event: string;
  readonly resource: { readonly type: 'User' | 'Group'; readonly id: string };
  /** By attribute. */
  readonly attributes?: unknown;
  readonly membersAdded?: Named;
  readonly membersRemoved?: Named;
  readonly deleted?: true;
}

/** The ids that an event lists, and how many there were in total. */
export interface Named {
  readonly count: number;
  readonly ids: readonly string[];
}

const MOST_CHANGES = 50;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** The changes in the events of a request. */
export function changesOf(deeds: readonly AuditRecord[]): ActivityChange[] {
  return deeds
    .filter(({ target }) => typeOf(target?.type) !== undefined)
    .slice(0, MOST_CHANGES)
    .map(changeOf);
}

function changeOf({ type, target, data = {} }: AuditRecord): ActivityChange {
  const { membersAdded, membersRemoved, deleted } = data as Partial<ActivityChange>;
  const attributes = attributesOf(type, data);
  return {
    event: type,
    resource: { type: typeOf(target!.type)!, id: target!.id },
    ...(attributes !== undefined && { attributes: masked(attributes) }),
    ...(membersAdded && { membersAdded }),
    ...(membersRemoved && { membersRemoved }),
    ...(deleted && { deleted }),
  };
}

function attributesOf(type: string, data: Readonly<Record<string, unknown>>): unknown {
  switch (type) {
    case 'scim.user_deactivated':
      return { active: { before: true, after: false } };
    case 'scim.user_reactivated':
      return { active: { before: false, after: true } };
    case 'scim.user_created': {
      const { userName, email, active, externalId } = data;
      return afterOnly({ userName, email, active, externalId });
    }
    case 'scim.group_created':
      return afterOnly({ displayName: data.displayName, externalId: data.externalId });
    default:
      return data.changes;
  }
}

function afterOnly(values: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([name, after]) => [name, { before: null, after }]));
}

const typeOf = (target: string | undefined): 'User' | 'Group' | undefined =>
  target === 'member' ? 'User' : target === 'directory_group' ? 'Group' : undefined;

/** The members and groups that a request was about, from its path and its changes. */
export function subjectsOf(
  { path }: Pick<ActivityEntry, 'path'>,
  changes: readonly ActivityChange[],
): { members: string[]; groups: string[] } {
  const [, endpoint, id] = /^\/(users|groups)\/([^/]+)$/i.exec(path) ?? [];
  const inPath = id && UUID.test(id) && id.length === 36 ? id.toLowerCase() : undefined;
  const isUser = endpoint?.toLowerCase() === 'users';
  const ofType = (type: 'User' | 'Group') =>
    changes.filter(({ resource }) => resource.type === type).map(({ resource }) => resource.id);
  const moved = changes.flatMap(({ membersAdded, membersRemoved }) => [
    ...(membersAdded?.ids ?? []),
    ...(membersRemoved?.ids ?? []),
  ]);
  return {
    members: [...new Set([...(inPath && isUser ? [inPath] : []), ...ofType('User'), ...moved])],
    groups: [...new Set([...(inPath && !isUser ? [inPath] : []), ...ofType('Group')])],
  };
}
