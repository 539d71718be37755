import type { ScimResourceType } from './resource-type';

/** Every resource type of this server, in the order in which they are listed. Provided by the module. */
export class ScimResourceTypes {
  constructor(readonly all: readonly ScimResourceType[]) {}

  /** By `User` or `Group`, in whatever case. */
  named(name: string): ScimResourceType | undefined {
    return this.all.find((type) => type.name.toLowerCase() === name.toLowerCase());
  }

  /** By `/Users` or `/Groups`, in whatever case. */
  at(endpoint: string): ScimResourceType | undefined {
    return this.all.find((type) => type.endpoint.toLowerCase() === endpoint.toLowerCase());
  }
}
