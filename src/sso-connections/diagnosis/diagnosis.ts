import type { Place } from './vendor-consoles';

/** Who can put it right. */
export const OWNERS = ['idp_admin', 'workspace_admin', 'operator'] as const;
export type Owner = (typeof OWNERS)[number];

/**
 * The meaning of a refusal and its remedy. `{acsUrl}`, `{entityId}`, `{metadataUrl}` and `{redirectUri}` in a hint are
 * replaced by the connection's own addresses.
 */
export interface Diagnosis {
  readonly owner: Owner;
  readonly title: string;
  /** What happened. */
  readonly explanation: string;
  /** What to do. */
  readonly hint: string;
  /** Which setting of the identity provider it is about. */
  readonly place?: Place;
  /**
   * A wrong setting of the connection shows itself by this, and nobody from outside can bring it about by himself:
   * what he posts is not enough, the identity provider has to say it, or to have signed it.
   */
  readonly suspectsChange?: true;
}
