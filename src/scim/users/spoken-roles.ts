import { type Role, ROLES } from '../../access/permissions';
import type { DirectoryGrant } from '../../members/grants/directory-grants.service';
import { badRequest } from '../protocol/errors';
import { elementsOf, isSame, type ScimObject, type ScimValue } from '../protocol/scim-value';
import { names } from './named-in-body';

const ANY_ROLE = /(?:^|[.:])(?:roles?|approver)(?:$|[.[])|gatehouse/i;
const ROLES_OF_DIRECTORY = /(?:^|[.:])roles(?:$|[.[])/i;

/** Whether a body may say something about what its user may do: by a name in it, or in the path of a PATCH. */
export const concernsRoles = (body: unknown): boolean => names(body, ANY_ROLE);

/** Whether it names the directory's own `roles`, as Entra does. */
export const namesRolesOfDirectory = (body: unknown): boolean => names(body, ROLES_OF_DIRECTORY);

/** The attributes of a request that can set role and approver. */
export interface Spoken {
  /** Our extension before and after the request; an attribute missing afterwards was removed. */
  readonly before: ScimObject;
  readonly ours: ScimObject;
  /** The directory's own roles afterwards; undefined when the request says nothing about them. */
  readonly listed: { readonly roles: ScimValue | undefined } | undefined;
}

/**
 * The directory's grant after the request: from our extension where the request changes it, else from the `roles`
 * attribute, else unchanged. Throws invalidValue for an unknown role.
 */
export function saidBy({ before, ours, listed }: Spoken, said: DirectoryGrant): DirectoryGrant {
  const fromList = listed && ofList(listed.roles);
  const isNew = (name: string) => !isSame(before[name], ours[name]);
  return {
    role: isNew('role') ? roleNamed(ours.role) : fromList ? fromList.role : said.role,
    approver: isNew('approver') ? approverOf(ours.approver) : fromList ? fromList.approver : said.approver,
  };
}

/**
 * Reads the names of our roles: the primary value first, else the highest role; `approver` in addition. Ignores other
 * names.
 */
function ofList(roles: ScimValue | undefined): DirectoryGrant {
  const known = elementsOf(roles).flatMap(({ value, primary }) => {
    const name = typeof value === 'string' ? value.trim().toLowerCase() : '';
    return [{ name, primary: primary === true }];
  });
  const chosen =
    known.find(({ name, primary }) => primary && isRole(name))?.name ??
    ROLES.find((role) => known.some(({ name }) => name === role));
  return {
    role: chosen !== undefined && isRole(chosen) ? chosen : null,
    approver: known.some(({ name }) => name === 'approver') ? true : null,
  };
}

const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

function roleNamed(value: ScimValue | undefined): Role | null {
  if (value === undefined || value === '') return null;
  const name = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (!isRole(name)) throw badRequest('invalidValue', `role is ${ROLES.join(', ')}.`);
  return name;
}

const approverOf = (value: ScimValue | undefined): boolean | null =>
  typeof value === 'boolean' ? value : null;
