import { SCIM_PREFIX } from './scim-problem.renderer';

/** Twenty thousand members with their names and addresses, and some room. */
const GROUP_BYTES = 5 * 1024 * 1024;

/** How large the body of a call may be, where that is more than elsewhere. By the route as it is declared. */
export function scimBodyLimit(route: string): number | undefined {
  return route.startsWith(`${SCIM_PREFIX}/Groups`) ? GROUP_BYTES : undefined;
}
