/**
 * The turn of the sessions of the workspace in flight, as the arguments of an advisory lock: whoever begins sessions shares
 * it, whoever changes all of them has it alone. The triggers on sessions and policies take the same one by its number.
 */
export const SESSIONS_TURN = '48127, hashtext(current_workspace_id()::text)';
