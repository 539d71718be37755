import { MEMBER_COLUMNS } from '../../members/member-directory.service';
import type { FilterColumns } from '../protocol/filter-sql';
import type { AttributeName } from '../protocol/schema';
import { ENTERPRISE_URN, USERS } from '../protocol/user-schema';

/** The emails a member's resource shows: those of the directory, else the one the member has. */
const EMAILS = `coalesce(${MEMBER_COLUMNS.scim} -> 'emails', case when ${MEMBER_COLUMNS.email} ~ '^[^@]+@[^@]+$'
  then jsonb_build_array(jsonb_build_object('value', ${MEMBER_COLUMNS.email}, 'type', 'work', 'primary', true))
  else '[]' end)`;

/** By what users can be found, and where that stands in the database. */
export const USER_FILTER: FilterColumns = {
  resolve: (name) => USERS.resolve(isShortForEmails(name) ? { attribute: 'emails', sub: 'value' } : name),
  columns: new Map([
    ['id', { sql: MEMBER_COLUMNS.id, kind: 'uuid' }],
    ['userName', { sql: MEMBER_COLUMNS.userName, folded: MEMBER_COLUMNS.userNameKey, kind: 'text' }],
    ['externalId', { sql: MEMBER_COLUMNS.externalId, kind: 'text' }],
    ['displayName', { sql: MEMBER_COLUMNS.displayName, kind: 'text' }],
    ['active', { sql: MEMBER_COLUMNS.active, kind: 'boolean' }],
    ['emails', { sql: EMAILS, kind: 'elements' }],
    [
      `${ENTERPRISE_URN}:manager.value`,
      { sql: `(${MEMBER_COLUMNS.scim} #>> '{${ENTERPRISE_URN},manager,value}')`, kind: 'text' },
    ],
  ]),
};

/** `email eq "…"` is no name of the RFC's, but people write it. */
function isShortForEmails({ schema, attribute, sub }: AttributeName): boolean {
  return schema === undefined && sub === undefined && attribute.toLowerCase() === 'email';
}
