import type { AuditRecord } from '../../audit/audit-event';
import { changedAttributes } from '../activity/changed-attributes';
import { cut, isSecret, MASK } from '../activity/masking';
import type { Names } from '../activity/summary';

/** A role that would not be the same afterwards. */
export interface RoleEffect {
  readonly memberId: string;
  readonly before: string | null;
  readonly after: string;
}

/** What would end with a departure, and what the policy keeps: ids by kind. */
export interface DepartureEffect {
  readonly memberId: string;
  readonly revoked: Readonly<Record<string, readonly string[]>>;
  readonly kept: Readonly<Record<string, readonly string[]>>;
}

type Data = Readonly<Record<string, unknown>>;

/** Everything that these events tell of, in sentences about the people and groups concerned. */
export function sentencesOf(deeds: readonly AuditRecord[], names: Names): string[] {
  const sentences = deeds.flatMap(({ type, target, data = {} }) =>
    sentenceOf(type, (target && names.get(target.id)) ?? target?.id ?? 'Something', data, names),
  );
  return sentences.length > 0 ? sentences : ['Nothing changes.'];
}

function sentenceOf(type: string, name: string, data: Data, names: Names): string[] {
  switch (type) {
    case 'scim.user_created':
      return [`${name} is created${data.active === false ? ', but not let in' : ''}.`];
    case 'workspace.member_joined':
      return [`${name} becomes a member as ${String(data.role)}.`];
    case 'scim.user_updated':
    case 'scim.group_updated':
      return [...attributesOf(name, data), ...membersOf(name, data, names)];
    case 'scim.user_deactivated':
      return [
        data.deleted ? `${name} is removed, and directories no longer see them.` : `${name} is suspended.`,
        ...losses(name, data),
      ];
    case 'scim.user_reactivated':
      return [`${name} is let in again as ${String(data.role)}.`];
    case 'scim.deactivation_taken_back':
      return [`${name} no longer waits for an admin to decide whether they leave.`];
    case 'workspace.member_updated':
      return roleOf(name, data);
    case 'sso.role_sync_held':
      return [`${name} stays ${String(data.kept)}, because the workspace needs one.`];
    case 'scim.group_created':
      return [`The group ${name} is created.`, ...membersOf(name, data, names)];
    case 'scim.group_deleted':
      return [`The group ${name} is deleted.`];
    default:
      return [];
  }
}

function attributesOf(of: string, data: Data): string[] {
  return changedAttributes(data.changes).map(({ name, before, after }) => {
    const show = (value: unknown) => (isSecret(name) ? MASK : shown(value));
    return `${name} of ${of} changes from ${show(before)} to ${show(after)}.`;
  });
}

function membersOf(name: string, data: Data, names: Names): string[] {
  const { membersAdded: came, membersRemoved: went } = data as Record<
    string,
    { count: number; ids: string[] }
  >;
  return [
    ...(came && came.count > 0 ? [`Into ${name} come ${listed(came, names)}.`] : []),
    ...(went && went.count > 0 ? [`Out of ${name} go ${listed(went, names)}.`] : []),
  ];
}

function listed({ count, ids }: { count: number; ids: readonly string[] }, names: Names): string {
  const some = ids.slice(0, 5).map((id) => names.get(id) ?? id);
  return count > some.length ? `${some.join(', ')} and ${count - some.length} more` : some.join(', ');
}

function losses(name: string, data: Data): string[] {
  const { revoked = {}, kept = {} } = data as Partial<DepartureEffect>;
  const lost = counts(revoked);
  const stays = counts(kept);
  return [
    ...(lost ? [`${name} loses ${lost}.`] : []),
    ...(stays ? [`Of ${name} the policy keeps ${stays}.`] : []),
  ];
}

function counts(ids: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(ids)
    .filter(([, some]) => some.length > 0)
    .map(
      ([kind, { length }]) => `${length} ${length === 1 ? inWords(kind).replace(/s$/, '') : inWords(kind)}`,
    )
    .join(', ');
}

const inWords = (kind: string): string =>
  kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^api/, 'API');

function roleOf(name: string, data: Data): string[] {
  const { before, after } = data as Record<
    'before' | 'after',
    { role: string; approver: boolean } | undefined
  >;
  if (!before || !after) return [];
  return [
    ...(before.role === after.role ? [] : [`${name} becomes ${after.role}, no longer ${before.role}.`]),
    ...(before.approver === after.approver
      ? []
      : [after.approver ? `${name} becomes an approver.` : `${name} is no approver any more.`]),
  ];
}

const shown = (value: unknown): string => (value === null ? 'nothing' : cut(JSON.stringify(value), 100));

/** Whose role would be another one. */
export function roleEffectsOf(deeds: readonly AuditRecord[]): RoleEffect[] {
  return deeds.flatMap(({ type, target, data = {} }): RoleEffect[] => {
    const { before, after, role } = data as {
      before?: { role?: string };
      after?: { role?: string };
      role?: string;
    };
    if (!target) return [];
    if (type === 'workspace.member_joined' && role)
      return [{ memberId: target.id, before: null, after: role }];
    if (type !== 'workspace.member_updated' || !after?.role || before?.role === after.role) return [];
    return [{ memberId: target.id, before: before?.role ?? null, after: after.role }];
  });
}

/** Who would leave, and what would end with it. */
export function departuresOf(deeds: readonly AuditRecord[]): DepartureEffect[] {
  return deeds.flatMap(({ type, target, data = {} }) => {
    const { revoked, kept } = data as Partial<DepartureEffect>;
    const leaves = type === 'scim.user_deactivated' && target && revoked && kept;
    return leaves ? [{ memberId: target.id, revoked, kept }] : [];
  });
}
