/**
 * Whether a credential `t` ended with a switched-off directory that may be switched on again: it would come back then.
 * Ended for itself, it stays behind.
 */
export const RETURNS_WITH_DIRECTORY = `
  select from directory_switch_offs s
   where t.id = any(s.credential_ids) and s.at = t.revoked_at and s.undone_at is null and s.undo_until > now()`;
