type Claims = Readonly<Record<string, unknown>>;

/** Claims that bind a token to a sign-in. Left out of records: useless for diagnosis, useful for forgers. */
const BINDINGS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/** About the token, not about the person. */
const ABOUT_THE_TOKEN = [
  ...BINDINGS,
  ...['iss', 'aud', 'azp', 'exp', 'iat', 'nbf', 'jti', 'sid', 'typ', 'ver', 'rh', 'uti', 'aio'],
  ...['auth_time', 'amr', 'acr', 'session_expiry'],
];

/** The claims of the provider, for diagnosing a sign-in. */
export function statementOf(idToken: Claims, userinfo: Claims = {}): Record<string, unknown> {
  const said = Object.entries(idToken).filter(([name]) => !BINDINGS.includes(name));
  return { ...Object.fromEntries(said), ...(Object.keys(userinfo).length > 0 && { userinfo }) };
}

/** What it said about the person, by the exact names; the ID token counts before userinfo. */
export function attributesOf(idToken: Claims, userinfo: Claims = {}): Record<string, readonly string[]> {
  const about = Object.entries({ ...userinfo, ...idToken }).filter(
    ([name, value]) => !ABOUT_THE_TOKEN.includes(name) && value !== null && value !== undefined,
  );
  return Object.fromEntries(about.map(([name, value]) => [name, [value].flat().map(textOf)]));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
