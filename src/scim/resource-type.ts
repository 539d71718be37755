import type { Listing } from './listing/listing';
import type { ListResponse } from './protocol/paging';
import type { Precondition } from './protocol/precondition';
import type { Projection } from './protocol/projection';
import type { ResourceSchema } from './protocol/schema';
import type { ScimObject } from './protocol/scim-value';
import type { ResourceQuery } from './resource-query';

/**
 * One resource type as the routes, Bulk, .search, the preview and the activity log use it. Every method works in the
 * transaction in flight and throws ScimError, or NotFound for an id that is unknown, foreign or deleted. What is
 * handed out may hold more than the projection asks for, never less: whoever answers projects.
 */
export interface ScimResourceType {
  readonly name: 'User' | 'Group';
  readonly endpoint: '/Users' | '/Groups';
  readonly schema: ResourceSchema;
  /** How `list` lists, for lists over several types. */
  readonly listing: Listing<unknown>;
  /** RFC 7644 section 3.4.2: a page in stable order, with the exact number of all. */
  list(query: ResourceQuery): Promise<ListResponse<ScimObject>>;
  /** RFC 7644 section 3.4.1. */
  get(id: string, projection?: Projection): Promise<ScimObject>;
  /** RFC 7644 section 3.3. Throws 409 uniqueness. */
  create(body: unknown): Promise<ScimObject>;
  /** RFC 7644 section 3.5.1. Throws 412 when its version breaks the precondition. */
  replace(id: string, body: unknown, precondition?: Precondition): Promise<ScimObject>;
  /** RFC 7644 section 3.5.2. Undefined: done, and nothing worth answering unless attributes are asked for. */
  patch(id: string, body: unknown, precondition?: Precondition): Promise<ScimObject | undefined>;
  /** RFC 7644 section 3.6. */
  delete(id: string, precondition?: Precondition): Promise<void>;
}
