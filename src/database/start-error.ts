/**
 * Stops the start for a cause that an operator can fix. One sentence, which must not contain the value of a setting.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Translates an error of a connection or migration to a StartError; returns any other error unchanged. */
export function explained(failure: unknown): unknown {
  const cause = (failure as { driverError?: unknown }).driverError ?? failure;
  const { code, message = '', syscall } = cause as { code?: string; message?: string; syscall?: string };
  if (isOutOfFiles(cause)) return new StartError(`${OUT_OF_FILES} (${code})`);
  if (syscall === 'connect') return new StartError(`${UNREACHABLE} (${code})`);
  const known = IN_WORDS.find(([words]) => words.test(message))?.[1];
  if (known !== undefined) return new StartError(known);
  const sentence =
    code === undefined ? undefined : (SENTENCES[code] ?? (CERTIFICATE.test(code) ? UNPROVEN : undefined));
  return sentence ? new StartError(`${sentence} (${code})`) : failure;
}

/** Whether this process or its host has run out of file descriptors, whichever server was to be connected. */
export const isOutOfFiles = (cause: unknown): boolean =>
  /^E[MN]FILE$/.test((cause as { code?: string }).code ?? '');

export const OUT_OF_FILES =
  'This process may open no more files and connections: raise its limit (ulimit -n, LimitNOFILE).';

const UNREACHABLE = 'The database that DATABASE_URL names cannot be reached.';
const REFUSED = 'The database that DATABASE_URL names refuses this user or password.';
const UNPROVEN =
  'The certificate of the server that DATABASE_URL names does not prove that it is the one: name who signed it with sslrootcert=<file>, and the server as its certificate does.';

/** The message for a pooler that drops the start-up options of a connection. */
export const POOLER =
  'What DATABASE_URL names is a pooler (such as PgBouncer) that does not hand on the settings of a connection: name the PostgreSQL server itself.';

/** Node's codes of certificate errors. */
const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** Errors of pg and of poolers that have no code, or one with several meanings: recognised by their message. */
const IN_WORDS: readonly (readonly [words: RegExp, sentence: string])[] = [
  [/^unsupported startup parameter/, POOLER],
  [/client password must be a/, 'The database asks for a password, and DATABASE_URL has none.'],
  [
    /does not support SSL connections/,
    'The server that DATABASE_URL names speaks no TLS, which sslmode asks for.',
  ],
  [/^(timeout exceeded when trying to connect|Connection terminated)/, UNREACHABLE],
];

const SENTENCES: Record<string, string> = {
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: UNREACHABLE,
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
  '3F000': 'The search_path of the user of DATABASE_URL names no schema that there is.',
  '42501':
    'The user of DATABASE_URL must own its database and may either create roles or be a member of the roles of the service: as a superuser, run "create role gatehouse_app nologin; create role gatehouse_archivist nologin; grant gatehouse_app, gatehouse_archivist to <user>", leaving out what is there.',
};
