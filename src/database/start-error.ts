/** Keeps the service from starting for a reason an operator can mend: one sentence, no value of a variable. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Says in the operator's words what a failed connection or migration means; anything else stays as it is. */
export function explained(failure: unknown): unknown {
  const { code } = ((failure as { driverError?: unknown }).driverError ?? failure) as { code?: string };
  const sentence = code === undefined ? undefined : SENTENCES[code];
  return sentence ? new StartError(`${sentence} (${code})`) : failure;
}

const UNREACHABLE = 'The database that DATABASE_URL names cannot be reached.';
const REFUSED = 'The database that DATABASE_URL names refuses this user or password.';

const SENTENCES: Record<string, string> = {
  ECONNREFUSED: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  '28P01': REFUSED,
  '28000': REFUSED,
  '57P03': 'The database that DATABASE_URL names is just starting or stopping. Start again in a moment.',
  '53300': 'The server that DATABASE_URL names has no connection left: raise its max_connections.',
  '25006':
    'The database that DATABASE_URL names can only be read: it is a replica, or default_transaction_read_only is on.',
  '3D000': 'The server that DATABASE_URL names has no such database.',
  '42501':
    'The user of DATABASE_URL must own its database and may either create roles or be a member of the role gatehouse_app: as a superuser, run "create role gatehouse_app nologin; grant gatehouse_app to <user>".',
};
