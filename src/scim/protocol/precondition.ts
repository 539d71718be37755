import { ScimError } from './errors';
import { isComplex, type ScimObject } from './scim-value';

/** What a request depends on, as its headers say it (RFC 7644 section 3.14, RFC 9110 section 13.1): entity tags. */
export interface Precondition {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

/** The entity tag in a resource's meta. */
export function versionOf({ meta }: ScimObject): string {
  return isComplex(meta) && typeof meta.version === 'string' ? meta.version : '';
}

/** Undefined: there is none, and nobody needs to know the version. */
export function preconditionOf(ifMatch?: string, ifNoneMatch?: string): Precondition | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
}

/**
 * The header that this version violates. When both are present both must hold; If-Match is tested first (RFC 9110
 * section 13.2.2).
 */
export function brokenBy(
  version: string,
  { ifMatch, ifNoneMatch }: Precondition,
): keyof Precondition | undefined {
  if (ifMatch !== undefined && !names(ifMatch, version)) return 'ifMatch';
  return ifNoneMatch !== undefined && names(ifNoneMatch, version) ? 'ifNoneMatch' : undefined;
}

/** Throws 412 when the version of the resource breaks the precondition. */
export function assertMatches(precondition: Precondition | undefined, resource: () => ScimObject): void {
  if (precondition) assertVersion(precondition, versionOf(resource()));
}

/** As assertMatches, of a version that is known already. */
export function assertVersion(precondition: Precondition | undefined, version: string): void {
  if (precondition && brokenBy(version, precondition)) throw preconditionFailed();
}

export const preconditionFailed = (): ScimError =>
  new ScimError(412, 'The version of the resource is not what the request says it must be.');

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;
const TAGS = new RegExp(`^[\\s,]*${TAG.source}(?:\\s*,[\\s,]*${TAG.source})*[\\s,]*$`);

/**
 * Whether a header with entity tags (RFC 9110 section 8.8.3) contains the version. `*` matches any version; a header
 * that is not a list of tags, none. Weak comparison: ignores the prefix W/.
 */
export function names(header: string, version: string): boolean {
  if (header.trim() === '*') return true;
  return TAGS.test(header) && header.match(TAG)!.some((tag) => bare(tag) === bare(version));
}

const bare = (tag: string): string => tag.replace(/^W\//, '');
