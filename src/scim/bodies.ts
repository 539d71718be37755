import type { FastifyRequest } from 'fastify';
import { SCIM_PREFIX } from './scim-problem.renderer';

/** Twenty thousand members with their names and addresses, and some room. */
const GROUP_BYTES = 5 * 1024 * 1024;

/** How large the body of a call may be, where that is more than elsewhere. By the route as it is declared. */
export function scimBodyLimit(route: string): number | undefined {
  return route.startsWith(`${SCIM_PREFIX}/Groups`) ? GROUP_BYTES : undefined;
}

/**
 * Connectors name a media type on every request, also where there is nothing to read. What comes along with a DELETE
 * means nothing (RFC 9110 section 9.3.5), and is not read.
 */
export const isDeletionByDirectory = ({ method, url }: FastifyRequest): boolean =>
  method === 'DELETE' && url.startsWith(`${SCIM_PREFIX}/`);
