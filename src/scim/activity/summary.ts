import { type ActivityEntry, outcomeOf } from './activity-entry';
import { changedAttributes } from './changed-attributes';
import type { ActivityChange, Named } from './changes';
import { cut, toldOf } from './masking';
import { type ActivityOperation, isSearch, queryOf } from './operations';

/** Display names by id. */
export type Names = ReadonlyMap<string, string>;

const MOST_IN_WORDS = 3;

/** The line that describes a request: "Okta suspended Bob". */
export function summaryOf(
  entry: ActivityEntry,
  who: string,
  {
    changes,
    operations,
    names,
  }: {
    readonly changes: readonly ActivityChange[];
    readonly operations: readonly ActivityOperation[];
    readonly names: Names;
  },
): string {
  return cut(`${who} ${deedOf(entry, changes, operations, names)}`, 500);
}

function deedOf(
  entry: ActivityEntry,
  changes: readonly ActivityChange[],
  operations: readonly ActivityOperation[],
  names: Names,
): string {
  switch (outcomeOf(entry)) {
    case 'changed':
      return `${changesInWords(changes, names)}${failuresInWords(entry)}`;
    case 'unchanged':
      return `asked for what is so already of ${subjectOf(entry, names)}`;
    case 'read':
      return readInWords(entry, names);
    case 'held':
      return `wanted to ${wishOf(entry, operations, names)}, which waits for an admin`;
    case 'failed':
      return `wanted to ${wishOf(entry, operations, names)}, which failed here (${entry.status})`;
    case 'refused':
      if (entry.status === 401) return 'showed a token that has expired or was revoked';
      return `wanted to ${wishOf(entry, operations, names)} and was refused: ${entry.detail === undefined ? entry.status : toldOf(entry.detail)}`;
  }
}

/** The failed operations of a bulk request, in words. */
function failuresInWords({ failed }: ActivityEntry): string {
  if (!failed) return '';
  const { count, of, first, held } = failed;
  const what = held ? 'refused or held for an admin' : 'refused';
  return `; ${count} of ${of} operations ${count === 1 ? 'was' : 'were'} ${what}: ${toldOf(first.detail)}`;
}

function changesInWords(changes: readonly ActivityChange[], names: Names): string {
  const words = changes.map((change) => changeInWords(change, names));
  if (words.length === 0) return 'changed something';
  const shown = words.slice(0, MOST_IN_WORDS).join(', ');
  return words.length > MOST_IN_WORDS
    ? `${shown} and did ${words.length - MOST_IN_WORDS} more things`
    : shown;
}

function changeInWords(change: ActivityChange, names: Names): string {
  const { event, resource, deleted, attributes } = change;
  const name = names.get(resource.id) ?? `the ${resource.type.toLowerCase()} ${resource.id}`;
  switch (event) {
    case 'scim.user_created':
      return `created ${name}`;
    case 'scim.user_deactivated':
      return deleted ? `removed ${name}` : `suspended ${name}`;
    case 'scim.user_reactivated':
      return `reactivated ${name}`;
    case 'scim.deactivation_taken_back':
      return `took back that ${name} be suspended`;
    case 'scim.group_created':
      return `created the group ${name}${change.membersAdded?.count ? ` with ${numberOf(change.membersAdded)}` : ''}`;
    case 'scim.group_deleted':
      return `deleted the group ${name}`;
    case 'scim.group_updated':
      return groupInWords(change, name, names);
    default:
      return `changed ${attributesInWords(attributes)}of ${name}`;
  }
}

function groupInWords(
  { membersAdded, membersRemoved, attributes }: ActivityChange,
  name: string,
  names: Names,
): string {
  const words = [
    ...(membersAdded && membersAdded.count > 0 ? [`added ${namesOf(membersAdded, names)} to ${name}`] : []),
    ...(membersRemoved && membersRemoved.count > 0
      ? [`removed ${namesOf(membersRemoved, names)} from ${name}`]
      : []),
    ...(attributes ? [`changed ${attributesInWords(attributes)}of ${name}`] : []),
  ];
  return words.length > 0 ? words.join(' and ') : `changed ${name}`;
}

function attributesInWords(attributes: unknown): string {
  const changed = changedAttributes(attributes).map(({ name }) => name);
  if (changed.length === 0) return '';
  const shown = changed.slice(0, MOST_IN_WORDS).join(', ');
  return changed.length > MOST_IN_WORDS
    ? `${shown} and ${changed.length - MOST_IN_WORDS} more `
    : `${shown} `;
}

const numberOf = ({ count }: Named): string => `${count} ${count === 1 ? 'member' : 'members'}`;

function namesOf(named: Named, names: Names): string {
  const [only] = named.ids;
  return named.count === 1 && only !== undefined ? (names.get(only) ?? 'a member') : numberOf(named);
}

function readInWords(entry: ActivityEntry, names: Names): string {
  const { path, query } = entry;
  if (/^\/(users|groups)\/./i.test(path) && !isSearch(path)) return `read ${subjectOf(entry, names)}`;
  const [, endpoint] = /^\/(users|groups)(\/|$)/i.exec(path) ?? [];
  if (!endpoint) return isSearch(path) ? 'searched all resources' : 'read what this server can do';
  const filter = /(?:^|&)filter=([^&]*)/.exec(query)?.[1];
  const what = endpoint.toLowerCase();
  if (filter !== undefined) return `looked for ${what} with ${queryOf(filter)}`;
  return isSearch(path) ? `searched the ${what}` : `listed the ${what}`;
}

/** What a failed request was about. */
function wishOf(entry: ActivityEntry, operations: readonly ActivityOperation[], names: Names): string {
  if (isSearch(entry.path)) return 'search';
  const subject = subjectOf(entry, names);
  if (entry.failed) return `do ${entry.failed.of} things at once`;
  switch (entry.method) {
    case 'GET':
    case 'HEAD':
      return `read ${subject}`;
    case 'DELETE':
      return `remove ${subject}`;
    case 'POST':
      return `create ${newcomerIn(operations) ?? subject}`;
    default:
      return isSuspension(operations) ? `suspend ${subject}` : `change ${subject}`;
  }
}

function subjectOf({ path }: ActivityEntry, names: Names): string {
  const [, endpoint, id] = /^\/(users|groups)\/([^/]+)$/i.exec(path) ?? [];
  if (!endpoint || !id) return cut(path, 100);
  return names.get(id.toLowerCase()) ?? `the ${endpoint.toLowerCase().slice(0, -1)} ${cut(id, 40)}`;
}

function newcomerIn([first]: readonly ActivityOperation[]): string | undefined {
  const { userName, displayName } = (first?.value ?? {}) as Record<string, unknown>;
  const name = userName ?? displayName;
  return typeof name === 'string' ? name : undefined;
}

function isSuspension(operations: readonly ActivityOperation[]): boolean {
  return operations.some(({ path, value }) => {
    const active = path === undefined ? (value as { active?: unknown } | undefined)?.active : value;
    const isAbout = path === undefined || path.toLowerCase() === 'active';
    return isAbout && (active === false || (typeof active === 'string' && active.toLowerCase() === 'false'));
  });
}
