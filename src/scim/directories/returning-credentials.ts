/**
 * SQL condition: credential `t` was revoked by switching its directory off, and switching it on again would make it
 * valid. Not true for one that was revoked individually.
 */
export const RETURNS_WITH_DIRECTORY = `
  select from directory_switch_offs s
   where t.id = any(s.credential_ids) and s.at = t.revoked_at and s.undone_at is null and s.undo_until > now()`;
