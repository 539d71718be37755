import type { AuditEventType } from './audit-event';
import { CONNECTION_MEANINGS } from './meanings/connections';
import { DIRECTORY_MEANINGS } from './meanings/directories';
import { KEY_AND_LOG_MEANINGS } from './meanings/keys-and-logs';
import { SIGN_IN_MEANINGS } from './meanings/sign-ins';
import { WORKSPACE_MEANINGS } from './meanings/workspaces';
import type { Meaning } from './meanings/meaning';

/** The description of each event type. TypeScript requires one for every type. */
export const MEANINGS: Readonly<Record<AuditEventType, Meaning>> = {
  ...WORKSPACE_MEANINGS,
  ...SIGN_IN_MEANINGS,
  ...CONNECTION_MEANINGS,
  ...DIRECTORY_MEANINGS,
  ...KEY_AND_LOG_MEANINGS,
};
