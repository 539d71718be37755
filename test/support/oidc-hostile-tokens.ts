import { createPublicKey } from 'node:crypto';
import type { Claims } from './oidc-provider';
import { base64url, headerOf, hmacToken, signedToken, type TestKey, testKey } from './oidc-tokens';

/** Keys that the issuer publishes, and some that it does not. */
export interface HostileWorld {
  readonly rsa: TestKey;
  readonly ec: TestKey;
  /** Keys of somebody else, by the names of the issuer's. */
  readonly foreignRsa: TestKey;
  readonly foreignEc: TestKey;
  readonly clientSecret: string;
}

/** A token in the making: sound until something is done to it. */
interface Draft {
  claims: Claims;
  header: Record<string, unknown>;
  key: TestKey;
  /** Last changes to the text of the payload, and to the finished token. */
  rewrite: ((json: string) => string)[];
  finish: ((token: string, draft: Draft, world: HostileWorld) => unknown)[];
}

export interface Mutation {
  readonly name: string;
  readonly apply: (draft: Draft, world: HostileWorld) => void;
}

export interface HostileToken {
  readonly name: string;
  /** The token made from what would be sound claims. */
  readonly make: (sound: Claims) => unknown;
}

export function hostileWorld(clientSecret: string): HostileWorld {
  return {
    rsa: testKey('RS256', 'rsa'),
    ec: testKey('ES256', 'ec'),
    foreignRsa: testKey('RS256', 'rsa'),
    foreignEc: testKey('ES256', 'ec'),
    clientSecret,
  };
}

/** Small, fast and the same everywhere (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(from: readonly T[], random: () => number): T => from[Math.floor(random() * from.length)]!;

/** Every mutation alone, then seeded mixtures of two to four until there are `count`. */
export function hostileTokens(
  mutations: readonly Mutation[],
  world: HostileWorld,
  { count, seed, typ }: { count: number; seed: number; typ?: string },
): HostileToken[] {
  const random = seeded(seed);
  const alone = mutations.map((mutation) => [mutation]);
  const mixed = Array.from({ length: Math.max(0, count - alone.length) }, () =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(mutations, random)),
  );
  return [...alone, ...mixed].map((applied) => {
    const key = random() < 0.5 ? world.rsa : world.ec;
    const make = (sound: Claims) => {
      const header = headerOf(key, typ === undefined ? {} : { typ });
      const draft: Draft = { claims: { ...sound }, header, key, rewrite: [], finish: [] };
      for (const { apply } of applied) apply(draft, world);
      return write(draft, world);
    };
    return { name: applied.map(({ name }) => name).join(' + '), make };
  });
}

function write(draft: Draft, world: HostileWorld): unknown {
  const json = draft.rewrite.reduce((text, change) => change(text), JSON.stringify(draft.claims));
  const token: unknown = signedToken(draft.key, json, draft.header);
  return draft.finish.reduce(
    (made, change) => (typeof made === 'string' ? change(made, draft, world) : made),
    token,
  );
}

const claim = (name: string, value: unknown): Mutation => ({
  name: `${name} ${JSON.stringify(value)?.slice(0, 40) ?? 'absent'}`,
  apply: ({ claims }) => void (claims[name] = value),
});
const claims = (name: string, ...values: unknown[]): Mutation[] => values.map((value) => claim(name, value));
const later = (name: string, seconds: number): Mutation => ({
  name: `${name} ${seconds} s from now`,
  apply: (draft) => void (draft.claims[name] = Math.floor(Date.now() / 1000) + seconds),
});
const header = (name: string, value: unknown): Mutation => ({
  name: `header ${name} ${JSON.stringify(value)?.slice(0, 40) ?? 'absent'}`,
  apply: (draft) => void (draft.header[name] = value),
});
const headers = (name: string, ...values: unknown[]): Mutation[] =>
  values.map((value) => header(name, value));
const text = (name: string, change: (json: string) => string): Mutation => ({
  name,
  apply: (draft) => void draft.rewrite.push(change),
});
const finished = (
  name: string,
  change: (token: string, draft: Draft, world: HostileWorld) => unknown,
): Mutation => ({
  name,
  apply: (draft) => void draft.finish.push(change),
});
/** The three of them; one that an earlier change took away is empty. */
const parts = (token: string): [string, string, string] => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
};

/** Not one of these is a text that could name somebody. */
const NO_NAMES = [
  undefined,
  null,
  '',
  7,
  true,
  [],
  {},
  ['ada'],
  'a'.repeat(256),
  'a\u0000b',
  'a\nb',
  'a\ud800',
];
const NO_TIMES = [undefined, null, '', '9999999999', true, [], {}, -1, 0, 1e300];

/** Faults in what the issuer really signed. `issuer` and `client` are those of the connection. */
export function commonClaimFaults(issuer: string, client: string): Mutation[] {
  const otherIssuers = [
    `${issuer}/`,
    ` ${issuer}`,
    issuer.toUpperCase(),
    'https://evil.example',
    `${issuer}/..`,
  ];
  return [
    ...claims('iss', ...otherIssuers, `${issuer}@evil.example`, undefined, null, '', 7, [issuer], {}),
    ...claims('aud', 'somebody-else', client.toUpperCase(), `${client} `, undefined, null, '', 7, [], {}),
    ...claims('aud', [client, 'somebody-else'], ['somebody-else', client], [[client]], [client, client]),
    ...claims('exp', ...NO_TIMES),
    ...claims('iat', ...NO_TIMES),
    ...[
      later('exp', -61),
      later('exp', -3600),
      later('iat', 61 + 5),
      later('iat', 86_400),
      later('iat', -86_400),
    ],
    ...claims('nbf', 'later', null, {}, -5, true),
    ...[later('nbf', 70), later('nbf', 86_400)],
  ];
}

export function idTokenClaimFaults(client: string): Mutation[] {
  const nil = '00000000-0000-0000-0000-000000000000';
  return [
    ...claims('sub', ...NO_NAMES),
    ...claims('nonce', undefined, null, '', 7, [], {}, 'another', 'NONCE'),
    ...claims('azp', 'somebody-else', null, '', 7, [client], {}),
    ...claims('at_hash', 'another', '', null, 7, {}),
    ...claims('tid', undefined, null, '', nil, '9188040d-6c67-4c5b-b112-36a304b66dad', {}, ['x'], 'common'),
    ...claims('hd', undefined, null, '', 'evil.test', 'acme.test.evil.test', ['acme.test'], {}),
    ...claims('acr', undefined, null, '', 'pwd', ['mfa'], { values: ['mfa'] }),
    ...claims('auth_time', undefined, null, '1', 1, {}),
    ...claims('session_expiry', 'soon', 0, 1, null, {}),
  ];
}

export function logoutClaimFaults(): Mutation[] {
  const event = 'http://schemas.openid.net/event/backchannel-logout';
  return [
    ...claims('sub', ...NO_NAMES.filter((name) => name !== undefined)),
    ...claims('sid', ...NO_NAMES.filter((name) => name !== undefined)),
    {
      name: 'neither sub nor sid',
      apply: (draft) => void Object.assign(draft.claims, { sub: undefined, sid: undefined }),
    },
    ...claims('nonce', 'n', '', null, 7, {}),
    ...claims('jti', undefined, null, '', 7, [], {}),
    ...claims('events', undefined, null, '', event, [event], {}, { [event]: null }, { [event]: true }),
    ...claims('events', { [event]: [] }, { [`${event}/`]: {} }, { 'urn:other': {} }, [{ [event]: {} }]),
    ...[later('iat', -190), later('iat', -600)],
  ];
}

/** Faults in how a token is made, whatever it says. */
export function envelopeFaults(named: readonly string[]): Mutation[] {
  return [...algorithmFaults(), ...keyFaults(), ...encodingFaults(), ...jsonFaults(named)];
}

function algorithmFaults(): Mutation[] {
  const unsigned = (alg: string) =>
    finished(`alg ${alg}, no signature`, (token) => `${base64url({ alg })}.${parts(token)[1]}.`);
  const hmac = (name: string, secret: (world: HostileWorld) => string | Buffer) =>
    ['HS256', 'HS384', 'HS512'].map((alg) =>
      finished(`${alg} keyed with ${name}`, (_, draft, world) =>
        hmacToken(secret(world), { ...draft.header, alg }, draft.claims),
      ),
    );
  const spki = ({ rsa }: HostileWorld) => createPublicKey(rsa.privateKey);
  return [
    ...['none', 'None', 'NONE', 'nOnE', ''].map(unsigned),
    ...hmac('the public key as PEM', (world) => spki(world).export({ type: 'spki', format: 'pem' })),
    ...hmac('the public key as DER', (world) => spki(world).export({ type: 'spki', format: 'der' })),
    ...hmac('the published JWK', ({ rsa }) => JSON.stringify(rsa.publicJwk)),
    ...hmac('the client secret', ({ clientSecret }) => clientSecret),
    ...hmac('nothing', () => ''),
    ...headers('alg', undefined, null, 'rs256', 'RS1', 'RSA', 'ES256K', 'Ed448', 'toString', ['RS256'], {}),
    ...headers('alg', 'A256GCMKW', 'PBES2-HS256+A128KW', 'dir', 'RS384', 'ES384', 'EdDSA'),
    {
      name: 'PS256 with the key for RS256',
      apply: (draft, { rsa }) => {
        draft.key = { ...rsa, alg: 'PS256' };
        draft.header = headerOf(draft.key);
      },
    },
    ...headers('typ', 'at+jwt', 'secevent+jwt', 'dpop+jwt', 'application/at+jwt', 'JOSE', '', 7, ['JWT'], {}),
  ];
}

function keyFaults(): Mutation[] {
  const byStranger = (name: string, more: (world: HostileWorld) => object): Mutation => ({
    name: `by a key of somebody else, ${name}`,
    apply: (draft, world) => {
      draft.key = world.foreignRsa;
      draft.header = headerOf(world.foreignRsa, more(world));
    },
  });
  return [
    byStranger('of the same name', () => ({})),
    {
      name: 'by an elliptic key of somebody else, of the same name',
      apply: (draft, { foreignEc }) => {
        draft.key = foreignEc;
        draft.header = headerOf(foreignEc);
      },
    },
    byStranger('embedded', ({ foreignRsa }) => ({ jwk: foreignRsa.publicJwk })),
    byStranger('embedded, without a name', ({ foreignRsa }) => ({
      kid: undefined,
      jwk: foreignRsa.publicJwk,
    })),
    byStranger('at an address', () => ({ jku: 'https://evil.example/jwks' })),
    byStranger('in a certificate at an address', () => ({ x5u: 'https://evil.example/cert' })),
    byStranger('in a certificate', () => ({ x5c: ['MIIB'] })),
    ...headers(
      'kid',
      undefined,
      null,
      '',
      7,
      [],
      {},
      'unknown',
      '../../etc/passwd',
      "' or 1=1 --",
      'rsa\u0000',
    ),
    ...headers('kid', '__proto__', 'constructor', 'RSA', 'https://evil.example/key', 'a'.repeat(5000)),
    {
      name: 'the name of the other key',
      apply: (draft, { rsa }) => void (draft.header.kid = draft.header.kid === rsa.kid ? 'ec' : 'rsa'),
    },
    ...headers('crit', ['b64'], ['exp'], [], 'exp'),
    ...[header('b64', false), header('zip', 'DEF'), header('enc', 'A128GCM'), header('cty', 'JWT')],
    ...[header('jku', 'https://evil.example/jwks'), header('iss', 'https://evil.example'), header('epk', {})],
  ];
}

function encodingFaults(): Mutation[] {
  const withSignature = (name: string, change: (signature: Buffer) => Buffer) =>
    finished(name, (token) => {
      const [head, payload, signature] = parts(token);
      return `${head}.${payload}.${change(Buffer.from(signature, 'base64url')).toString('base64url')}`;
    });
  const flip = (at: number) =>
    withSignature(`a flipped bit at ${at}`, (signature) => {
      const copy = Buffer.from(signature);
      copy[at % copy.length]! ^= 1;
      return copy;
    });
  return [
    ...[0, 1, 31, 32, 63].map(flip),
    withSignature('no signature', () => Buffer.alloc(0)),
    withSignature('a signature of zeros', (signature) => Buffer.alloc(signature.length)),
    withSignature('a signature cut off', (signature) => signature.subarray(1)),
    withSignature('a longer signature', (signature) => Buffer.concat([signature, Buffer.from([0])])),
    withSignature('a longer signature in front', (signature) => Buffer.concat([Buffer.from([0]), signature])),
    withSignature('a signature as DER', derOf),
    finished('a payload changed after signing', (token, { claims: said }) => {
      const [head, , signature] = parts(token);
      return `${head}.${base64url({ ...said, sub: 'eve', extra: 1 })}.${signature}`;
    }),
    finished('a header changed after signing', (token, draft) => {
      const [, payload, signature] = parts(token);
      return `${base64url({ ...draft.header, x5t: 'abc' })}.${payload}.${signature}`;
    }),
    finished('padding', (token) => `${token}==`),
    finished('a blank in front', (token) => ` ${token}`),
    finished('a line break behind', (token) => `${token}\n`),
    finished('a scheme in front', (token) => `Bearer ${token}`),
    finished('stray bits at the end', withStrayBits),
    finished('plain base64', (token) => token.replace(/\.([^.]+)$/, '.+/$1')),
    finished('two parts', (token) => parts(token).slice(0, 2).join('.')),
    finished('four parts', (token) => `${token}.`),
    finished('five parts', (token) => `${token}.a.b`),
    finished('an empty payload', (token) => `${parts(token)[0]}..${parts(token)[2]}`),
    finished('the token twice', (token) => `${token}${token}`),
    finished('JSON serialisation', (token) => {
      const [head, payload, signature] = parts(token);
      return JSON.stringify({ payload, protected: head, signature });
    }),
    finished('a token inside a token', (token, { key }) => signedToken(key, base64url(token))),
    finished('a JSON text of a token', (token) => JSON.stringify(token)),
    finished('17 KiB', (token) => token + 'x'.repeat(17 * 1024)),
    finished('5 MB', (token) => 'x'.repeat(5_000_000) + token),
    finished('nothing', () => ''),
  ];
}

function jsonFaults(named: readonly string[]): Mutation[] {
  const twice = (name: string, first: unknown) =>
    text(`${name} twice`, (json) =>
      json.replace(/^\{/, `{${JSON.stringify(name)}:${JSON.stringify(first)},`),
    );
  return [
    ...named.flatMap((name) => [twice(name, 'other'), twice(name, null)]),
    text('a name twice, once escaped', (json) => json.replace(/\}$/, ',"i\\u0073s":"https://evil.example"}')),
    text('a name twice, deep inside', (json) => json.replace(/\}$/, ',"address":{"a":1,"a":2}}')),
    text('a list', (json) => `[${json}]`),
    text('a text', (json) => JSON.stringify(json)),
    text('null', () => 'null'),
    text('nothing', () => ' '),
    text('two objects', (json) => `${json}${json}`),
    text('something behind', (json) => `${json};`),
    text('a comment', (json) => `/* */${json}`),
    text('a byte order mark', (json) => `\ufeff${json}`),
    text('a comma too many', (json) => json.replace(/\}$/, ',}')),
    text('quotes of another kind', (json) => json.replaceAll('"', "'")),
    text('a number that is none', (json) => json.replace(/\}$/, ',"x":NaN}')),
    text('endless nesting', (json) => json.replace(/\}$/, `,"x":${'['.repeat(7000)}}`)),
    text('a filler', (json) => json.replace(/\}$/, `,"x":"${'x'.repeat(17_000)}"}`)),
  ];
}

/** An ECDSA signature as ASN.1, or any signature inside a sequence. */
function derOf(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const integers = [signature.subarray(0, half), signature.subarray(half)].map((part) =>
    Buffer.concat([Buffer.from([0x02, part.length & 0x7f]), part]),
  );
  const body = Buffer.concat(integers);
  return Buffer.concat([Buffer.from([0x30, body.length & 0x7f]), body]);
}

/** The last character carries bits that mean nothing: another spelling of the same signature. */
function withStrayBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) + 1]!;
}
