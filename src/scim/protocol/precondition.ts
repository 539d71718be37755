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
  if (ifMatch === undefined) return;
  const isNegated = ifMatch.startsWith(NONE_OF);
  if (names(isNegated ? ifMatch.slice(NONE_OF.length) : ifMatch, version) !== isNegated) return;
  throw new ScimError(412, 'The version of the resource is not what the request says it must be.');
}

/** No entity tag begins like this. */
const NONE_OF = 'none of ';
const NO_VERSION = '';

/**
 * Both headers of preconditions as one; If-Match goes first when both are there (RFC 9110 section 13.2.2). An If-Match,
 * or the version of a Bulk operation, that looks like the other one names no version.
 */
export function preconditionOf(ifMatch?: string, ifNoneMatch?: string): string | undefined {
  if (ifMatch?.startsWith(NONE_OF)) return NO_VERSION;
  return ifMatch ?? (ifNoneMatch === undefined ? undefined : `${NONE_OF}${ifNoneMatch}`);
}

/** Whether a header of entity tags names the version. Weak comparison: the prefix W/ says nothing. */
export function names(header: string, version: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.split(',').some((tag) => tag.trim() === '*' || bare(tag) === bare(version));
}
