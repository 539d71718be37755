import { GROUP_COLUMNS, type GroupMember } from '../../members/directory-groups/directory-group';
import { refuseTooMany, testsIn } from '../protocol/comparisons';
import type { Filter } from '../protocol/filter';
import { matches } from '../protocol/filter-match';
import { GROUP_URN, GROUPS } from '../protocol/group-schema';
import { pathFilter } from '../protocol/path-filter';
import { schemasWhere } from '../protocol/schemas-attribute';
import {
  type Elements,
  type Expression,
  type SqlAttributes,
  sqlAttributes,
} from '../protocol/sql-attributes';

const G = GROUP_COLUMNS;
const text = (sql: string): Expression => ({ kind: 'text', sql });

/**
 * The attributes by which groups can be filtered and sorted, with their SQL. `baseUrl` is the base URL of the SCIM
 * endpoints and contains no client input.
 */
export function groupAttributes(baseUrl: string): SqlAttributes {
  const base = `'${baseUrl.replaceAll("'", "''")}/'`;
  const members: Elements = {
    kind: 'elements',
    from: `${G.members} as element`,
    order: 'element.display, element.value',
    part: ({ name }) =>
      text(
        name === '$ref'
          ? `(${base} || element.type || 's/' || element.value)`
          : `element.${name.toLowerCase()}`,
      ),
    among: ({ name }, parameter) => (name === 'value' ? G.withMember(parameter()) : undefined),
  };
  return sqlAttributes(
    GROUPS,
    `'{}'::jsonb`,
    new Map<string, Expression | Elements>([
      ['schemas', schemasWhere(new Map([[GROUP_URN, undefined]]))],
      ['id', { kind: 'id', sql: G.id, always: true }],
      ['displayName', { kind: 'text', sql: G.displayName, key: G.displayNameKey, always: true }],
      ['externalId', text(G.externalId)],
      ['members', members],
      ['meta.resourceType', text(`'Group'::text`)],
      ['meta.created', { kind: 'dateTime', sql: G.createdAt, always: true }],
      ['meta.lastModified', { kind: 'dateTime', sql: G.changedAt, always: true }],
      ['meta.location', text(`(${base} || 'Groups/' || ${G.id}::text)`)],
      ['meta.version', text(`('W/"' || ${G.version} || '"')`)],
    ]),
  );
}

/**
 * The members of a group that match the filter in a PATCH path. Throws invalidPath for a name that is not a
 * sub-attribute of members, and tooMany when the filter would need too many comparisons.
 */
export function membersSelectedBy(filter: Filter, members: readonly GroupMember[]): string[] {
  const selecting = pathFilter(filter, GROUPS.resolve({ attribute: 'members' })!.attribute);
  refuseTooMany(members.length * testsIn(selecting));
  return members.filter((member) => matches(selecting, { ...member })).map(({ value }) => value);
}
