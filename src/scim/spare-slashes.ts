import { SCIM_PREFIX } from './scim-problem.renderer';

const BASE = `${SCIM_PREFIX}/`;

/**
 * The target of a request without the slashes that say nothing: admins enter the base URL with a slash at its end, and
 * connectors put one behind an endpoint. Only below the base URL; everywhere else that is another address.
 */
export function withoutSpareSlashes(target: string): string {
  if (!target.startsWith(BASE)) return target;
  const at = target.indexOf('?');
  const end = at < 0 ? target.length : at;
  const path = target.slice(0, end);
  if (!path.includes('//') && !path.endsWith('/')) return target;
  return path.replace(/\/{2,}/g, '/').replace(/\/$/, '') + target.slice(end);
}
