import { ScimError } from '../../src/scim/protocol/errors';
import { applyPatch, PATCH_SCHEMA } from '../../src/scim/protocol/patch';
import type { ScimObject } from '../../src/scim/protocol/scim-value';
import { USERS } from '../../src/scim/protocol/user-schema';

/** What a PATCH with these operations makes of a user. */
export const patchOf =
  (user: () => ScimObject) =>
  (...Operations: Record<string, unknown>[]): ScimObject =>
    applyPatch(USERS, user(), { schemas: [PATCH_SCHEMA], Operations });

/** How it is refused. */
export function refusal(work: () => unknown): { status: number; scimType: string | undefined } | string {
  try {
    work();
  } catch (error) {
    if (error instanceof ScimError) return { status: error.status, scimType: error.scimType };
    throw error;
  }
  return 'was accepted';
}
