import type { Page } from './protocol/paging';
import type { Projection } from './protocol/projection';
import type { ResourceSchema } from './protocol/schema';

/** What a client asked of a list (RFC 7644 section 3.4.2), read but not yet understood: names and filter are its own. */
export interface ResourceQuery {
  readonly filter?: string;
  readonly sortBy?: string;
  readonly sortOrder?: 'ascending' | 'descending';
  readonly page: Page;
  readonly projection: Projection;
  /** Resource types that are searched together with this one: what only they have is absent here, not unknown. */
  readonly alongside?: readonly ResourceSchema[];
}
