/**
 * The advisory lock of the current workspace's sessions. Beginning a session takes it shared, changing all sessions
 * takes it exclusively. The triggers on sessions and policies use the same number.
 */
export const SESSIONS_TURN = '48127, hashtext(current_workspace_id()::text)';
