import { MEMBER_COLUMNS } from '../../members/member-directory.service';
import type { AttributeName, Target } from '../protocol/schema';
import { schemasNamed, schemasWhere } from '../protocol/schemas-attribute';
import {
  type Elements,
  elementsOf,
  type Expression,
  type SqlAttributes,
  sqlAttributes,
} from '../protocol/sql-attributes';
import { ENTERPRISE_URN, MEMBER_URN, USER_URN, USERS } from '../protocol/user-schema';

const M = MEMBER_COLUMNS;
const text = (sql: string): Expression => ({ kind: 'text', sql });

/** The emails in a member's resource: those the directory sent, else the member's own address. */
const EMAILS = `coalesce(${M.scim} -> 'emails', case when ${M.email} ~ '^[^@]+@[^@]+$'
  then jsonb_build_array(jsonb_build_object('value', ${M.email}, 'type', 'work', 'primary', true)) else '[]' end)`;

/** The words from which the name of a member is derived when no name is known; see `shownResourceOf`. */
const WORDS = `array_remove(case when ${M.displayName} <> '' then regexp_split_to_array(${M.displayName}, '[ \\t]+')
  else regexp_split_to_array(split_part(${M.userName}, '@', 1), '[._-]+') end, '')`;
const TOLD = `(${M.source} = 'scim' or ${M.givenName} is not null or ${M.familyName} is not null)`;
const GIVEN = `case when ${TOLD} then ${M.givenName} else coalesce((${WORDS})[1], ${M.userName}) end`;
const FAMILY = `case when ${TOLD} then ${M.familyName}
  else coalesce(nullif(array_to_string((${WORDS})[2:], ' '), ''), (${WORDS})[1], ${M.userName}) end`;

const ID: Expression = {
  kind: 'id',
  sql: M.id,
  always: true,
  ids: (parameter) => M.idsWithId(parameter()),
};
const USER_NAME: Expression = {
  kind: 'text',
  sql: M.userName,
  key: M.userNameKey,
  always: true,
  ids: (parameter) => M.idsWithUserName(parameter()),
};
const EXTERNAL_ID: Expression = {
  ...text(M.externalId),
  ids: (parameter) => M.idsWithExternalId(parameter()),
};

const SCHEMAS = schemasWhere(
  new Map([
    [USER_URN, undefined],
    [ENTERPRISE_URN, `${M.department} is not null or ${M.scim} -> '${ENTERPRISE_URN}' is not null`],
    [MEMBER_URN, undefined],
  ]),
);

/**
 * The attributes by which users can be filtered and sorted, with their SQL. `baseUrl` is the base URL of the SCIM
 * endpoints and contains no client input.
 */
export function userAttributes(baseUrl: string): SqlAttributes {
  const base = `'${baseUrl.replaceAll("'", "''")}/'`;
  const location = `${base} || 'Users/' || ${M.id}::text`;
  const groups: Elements = {
    ...elementsOf(`coalesce(${M.groups}, '[]')`),
    among: ({ name }, parameter) => (name === 'value' ? M.withGroup(parameter()) : undefined),
    exactly: ({ name }, parameter) => (name === 'value' ? M.withGroup(parameter()) : undefined),
  };
  const emails: Elements = {
    ...elementsOf(EMAILS),
    ids: ({ name }, parameter) => (name === 'value' ? M.idsWithEmail(parameter()) : undefined),
    among: ({ name }, parameter) =>
      name === 'value' ? `${M.id} in (${M.idsWithEmail(parameter())})` : undefined,
  };
  return sqlAttributes(
    USERS,
    M.scim,
    new Map<string, Expression | Elements>([
      ['schemas', SCHEMAS],
      ['id', ID],
      ['userName', USER_NAME],
      ['externalId', EXTERNAL_ID],
      ['displayName', text(M.displayName)],
      ['name.givenName', text(`(${GIVEN})`)],
      ['name.familyName', text(`(${FAMILY})`)],
      ['active', { kind: 'boolean', sql: M.active, always: true }],
      ['emails', emails],
      [
        'groups',
        {
          ...groups,
          part: (sub) =>
            sub.name === '$ref'
              ? text(`(${base} || 'Groups/' || (element.value ->> 'value'))`)
              : groups.part(sub),
        },
      ],
      ['meta.resourceType', text(`'User'::text`)],
      ['meta.created', { kind: 'dateTime', sql: M.createdAt, always: true }],
      ['meta.lastModified', { kind: 'dateTime', sql: M.updatedAt, always: true }],
      ['meta.location', text(`(${location})`)],
      [`${ENTERPRISE_URN}:department`, text(M.department)],
      [`${MEMBER_URN}:role`, text(M.role)],
      [`${MEMBER_URN}:approver`, { kind: 'boolean', sql: M.approver, always: true }],
    ]),
  );
}

/** Names that no schema has: `schemas`; and `email eq "…"`, which is no name of the RFC's, but people write it. */
export function resolveOtherName(name: AttributeName): Target | undefined {
  const { schema, attribute, sub } = name;
  const isShort = schema === undefined && sub === undefined && attribute.toLowerCase() === 'email';
  return isShort ? USERS.resolve({ attribute: 'emails', sub: 'value' }) : schemasNamed(name);
}
