import { ScimError } from './errors';
import { isComplex, type ScimObject } from './scim-value';

/** The entity tag in a resource's meta. */
export function versionOf({ meta }: ScimObject): string {
  return isComplex(meta) && typeof meta.version === 'string' ? meta.version : '';
}

/** Throws 412 when `If-Match` names other versions than this one (RFC 7644 section 3.14). */
export function assertMatches(ifMatch: string | undefined, resource: () => ScimObject): void {
  if (ifMatch !== undefined) assertVersion(ifMatch, versionOf(resource()));
}

/** As assertMatches, of a version that is known already. */
export function assertVersion(ifMatch: string | undefined, version: string): void {
  if (ifMatch === undefined || names(ifMatch, version)) return;
  throw new ScimError(412, 'The resource has changed since that version.');
}

/** Whether a header of entity tags names the version. Weak comparison: the prefix W/ says nothing. */
export function names(header: string, version: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.split(',').some((tag) => tag.trim() === '*' || bare(tag) === bare(version));
}
