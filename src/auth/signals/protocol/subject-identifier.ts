/** Whom a message is about, as RFC 9493 section 3.2 names people: by one name, or by several. */
export type PersonName =
  OneName | { readonly format: 'aliases'; readonly identifiers: readonly [OneName, ...OneName[]] };

export type OneName =
  | { readonly format: 'email'; readonly email: string }
  | { readonly format: 'iss_sub'; readonly iss: string; readonly sub: string }
  | { readonly format: 'opaque'; readonly id: string };

/** A person, a session at the identity provider, or a session of a person. */
export interface Whom {
  readonly person?: PersonName;
  readonly sessionId?: string;
}

/** `malformed`: this is no subject identifier. `unsupported`: it is one of a kind that means nobody here. */
export class SubjectRefused extends Error {
  override readonly name = 'SubjectRefused';

  constructor(
    readonly fault: 'malformed' | 'unsupported',
    readonly reason: string,
  ) {
    super(`${fault}: ${reason}`);
  }
}

/** No control characters and no halves of surrogate pairs: two of those could end as one name in storage. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,1024}$/u;
const KNOWN_ELSEWHERE = [
  'account',
  'phone_number',
  'did',
  'uri',
  'jwt_id',
  'saml_assertion_id',
  'ip-addresses',
];

const MOST_ALIASES = 20;

/** Reads what a person is called. Throws SubjectRefused. */
export function readPerson(identifier: unknown): PersonName {
  const fields = objectOf(identifier);
  return fields.format === 'aliases' ? readAliases(fields.identifiers) : readName(fields);
}

/** Of several names those that can mean somebody here; each of them is of the same person (RFC 9493 section 3.2.8). */
function readAliases(identifiers: unknown): PersonName {
  if (!Array.isArray(identifiers) || identifiers.length === 0 || identifiers.length > MOST_ALIASES)
    throw new SubjectRefused('malformed', `identifiers are not 1 to ${MOST_ALIASES} names`);
  const [first, ...others] = identifiers.flatMap((identifier: unknown) => {
    try {
      return [readName(objectOf(identifier))];
    } catch (refusal) {
      if (refusal instanceof SubjectRefused && refusal.fault === 'unsupported') return [];
      throw refusal;
    }
  });
  if (!first) throw new SubjectRefused('unsupported', 'none of the identifiers means anybody here');
  return { format: 'aliases', identifiers: [first, ...others] };
}

function readName(fields: Readonly<Record<string, unknown>>): OneName {
  switch (fields.format) {
    case 'email': {
      const email = text(fields, 'email');
      if (!/^[^@]+@[^@]+$/.test(email)) throw new SubjectRefused('malformed', 'email is no address');
      return { format: 'email', email };
    }
    case 'iss_sub':
      return { format: 'iss_sub', iss: text(fields, 'iss'), sub: text(fields, 'sub') };
    case 'opaque':
      return { format: 'opaque', id: text(fields, 'id') };
    default:
      throw unknownFormat(fields.format);
  }
}

/**
 * Reads the subject of a security event: a simple one, or a complex one, which names the user, the session or both
 * (Shared Signals Framework 1.0 section 3). Throws SubjectRefused.
 */
export function readSubject(identifier: unknown): Whom {
  const fields = objectOf(identifier);
  // Transmitters older than the final version leave the format of a complex subject out.
  const complex = fields.format === 'complex' || (fields.format === undefined && hasPart(fields));
  if (!complex) return { person: readPerson(fields) };
  const { user, session } = fields;
  if (user === undefined && session === undefined)
    throw new SubjectRefused('unsupported', 'the subject is neither a user nor a session');
  return {
    ...(user !== undefined && { person: readPerson(user) }),
    ...(session !== undefined && { sessionId: readSession(session) }),
  };
}

function readSession(identifier: unknown): string {
  const fields = objectOf(identifier);
  if (fields.format === 'opaque') return text(fields, 'id');
  if (fields.format === 'iss_sub') return text(fields, 'sub');
  throw unknownFormat(fields.format);
}

function unknownFormat(format: unknown): SubjectRefused {
  return typeof format === 'string' && KNOWN_ELSEWHERE.includes(format)
    ? new SubjectRefused('unsupported', `subjects of the format ${format} mean nobody here`)
    : new SubjectRefused('malformed', `format is ${JSON.stringify(format)?.slice(0, 100) ?? 'absent'}`);
}

function text(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value !== 'string' || !NAME.test(value))
    throw new SubjectRefused('malformed', `${name} is not a text of 1 to 1024 characters`);
  return value;
}

function hasPart(fields: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(fields, 'user') || Object.hasOwn(fields, 'session');
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SubjectRefused('malformed', 'the subject identifier is no object');
  return value as Record<string, unknown>;
}
