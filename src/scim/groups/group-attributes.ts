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

/** By what groups can be found and sorted, and where that stands in the database. `baseUrl` is the server's own. */
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
 * Those of the members of a group whom the filter in a path selects. Throws invalidPath for names no member has, and
 * tooMany for a filter that says too much of too many.
 */
export function membersSelectedBy(filter: Filter, members: readonly GroupMember[]): string[] {
  const selecting = pathFilter(filter, GROUPS.resolve({ attribute: 'members' })!.attribute);
  refuseTooMany(members.length * testsIn(selecting));
  return members.filter((member) => matches(selecting, { ...member })).map(({ value }) => value);
}
