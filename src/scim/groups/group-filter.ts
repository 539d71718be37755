import { GROUP_COLUMNS, type GroupMember } from '../../members/directory-groups/directory-group';
import { badRequest, quoted } from '../protocol/errors';
import type { Filter } from '../protocol/filter';
import { matches, UnknownAttributeError } from '../protocol/filter-match';
import type { FilterColumns } from '../protocol/filter-sql';
import { GROUPS } from '../protocol/group-schema';

/** By what groups can be found, and where that stands in the database. */
export const GROUP_FILTER: FilterColumns = {
  resolve: (name) => GROUPS.resolve(name),
  columns: new Map([
    ['id', { sql: GROUP_COLUMNS.id, kind: 'uuid' }],
    ['displayName', { sql: GROUP_COLUMNS.displayName, folded: GROUP_COLUMNS.displayNameKey, kind: 'text' }],
    ['externalId', { sql: GROUP_COLUMNS.externalId, kind: 'text' }],
  ]),
};

/** Those of the members of a group whom the filter in a path selects. Throws invalidPath for names no member has. */
export function membersSelectedBy(filter: Filter, members: readonly GroupMember[]): string[] {
  const attribute = GROUPS.resolve({ attribute: 'members' })!.attribute;
  try {
    return members.filter((member) => matches(filter, { ...member }, attribute)).map(({ value }) => value);
  } catch (error) {
    if (!(error instanceof UnknownAttributeError)) throw error;
    throw badRequest('invalidPath', `The filter in path names ${quoted(error.message)}, which is not there.`);
  }
}
