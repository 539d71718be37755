import type { ScimPrincipal } from '../access/principal';
import { Forbidden } from '../http/problems';
import type { ScimResourceType } from './resource-type';

/** Every resource type of this server, in the order in which they are listed. Provided by the module. */
export class ScimResourceTypes {
  constructor(readonly all: readonly ScimResourceType[]) {}

  /** Those that a credential may look at. */
  visibleTo({ scopes }: ScimPrincipal): ScimResourceType[] {
    return this.all.filter((type) => scopes.includes('read') || scopes.includes(scopeOf(type)));
  }

  /** By `User` or `Group`, in whatever case. */
  named(name: string): ScimResourceType | undefined {
    return this.all.find((type) => type.name.toLowerCase() === name.toLowerCase());
  }

  /** By `/Users` or `/Groups`, in whatever case. */
  at(endpoint: string): ScimResourceType | undefined {
    return this.all.find((type) => type.endpoint.toLowerCase() === endpoint.toLowerCase());
  }
}

/** Throws 403 `insufficient_scope` when a credential may not change resources of this type. */
export function refuseWithoutScope({ scopes }: Pick<ScimPrincipal, 'scopes'>, type: ScimResourceType): void {
  if (scopes.includes(scopeOf(type))) return;
  throw new Forbidden(`This needs a SCIM token with the scope ${scopeOf(type)}.`, 'insufficient_scope');
}

function scopeOf({ name }: ScimResourceType): 'users' | 'groups' {
  return name === 'User' ? 'users' : 'groups';
}
