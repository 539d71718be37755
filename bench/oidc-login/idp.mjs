// The OpenID Provider of the benchmark: one key for RS256 and one for ES256, which take turns, and the endpoints of the
// code flow. ID tokens are signed when the browser gets its code, so that nobody waits for that at the token endpoint.
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

export const CLIENT = { id: 'bench', secret: 'a secret that the benchmark and its provider know' };

const KEYS = [
  { alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  { alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
].map((key) => ({ ...key, kid: `bench-${key.alg}` }));

/** Starts the provider. `signIn` is what happens there: it answers where the browser is sent back to. */
export async function startIdp() {
  const grants = new Map();
  const people = new Map();
  let turn = 0;
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise((ready) => server.listen(0, 'localhost', ready));
  const issuer = `http://localhost:${server.address().port}`;

  function signIn(location, email) {
    const asked = Object.fromEntries(new URL(location).searchParams);
    if (asked.client_id !== CLIENT.id) throw new Error(`Nobody here knows the client ${asked.client_id}.`);
    const now = Math.floor(Date.now() / 1000);
    const person = {
      sub: email,
      ...{ email, email_verified: true, name: 'Ada Byron', given_name: 'Ada', family_name: 'Byron' },
      groups: ['engineering', 'everyone', 'europe', 'on-call', 'staff'],
    };
    const claims = { iss: issuer, aud: CLIENT.id, iat: now, exp: now + 300, auth_time: now, ...person };
    const [code, accessToken] = [randomUUID(), randomUUID()];
    const nonce = asked.nonce === undefined ? {} : { nonce: asked.nonce };
    grants.set(code, {
      challenge: asked.code_challenge,
      redirectUri: asked.redirect_uri,
      answer: {
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: 300,
        id_token: jwt({ ...claims, ...nonce }, KEYS[turn++ % KEYS.length]),
      },
    });
    people.set(accessToken, person);
    return `${asked.redirect_uri}?${new URLSearchParams({ code, state: asked.state })}`;
  }

  async function serve(request, response) {
    switch (`${request.method} ${new URL(request.url, issuer).pathname}`) {
      case 'GET /.well-known/openid-configuration':
        return json(response, 200, metadataOf(issuer));
      case 'GET /jwks':
        return json(response, 200, { keys: KEYS.map(published) });
      case 'POST /token':
        return exchange(new URLSearchParams(await textOf(request)), response);
      case 'GET /userinfo': {
        const person = people.get(request.headers.authorization?.slice('Bearer '.length));
        return person ? json(response, 200, person) : json(response, 401, { error: 'invalid_token' });
      }
      default:
        return json(response, 404, { error: 'not_found' });
    }
  }

  /** Once, for the same address, and to whoever knows the verifier. */
  function exchange(form, response) {
    const grant = grants.get(form.get('code'));
    grants.delete(form.get('code'));
    const verifier = form.get('code_verifier');
    const challenge = verifier ? createHash('sha256').update(verifier).digest('base64url') : undefined;
    if (!grant || form.get('redirect_uri') !== grant.redirectUri || challenge !== grant.challenge)
      return json(response, 400, { error: 'invalid_grant' });
    return json(response, 200, grant.answer);
  }

  return {
    issuer,
    signIn,
    stop() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

function metadataOf(issuer) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: KEYS.map(({ alg }) => alg),
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['openid', 'email', 'profile'],
  };
}

const published = ({ alg, kid, publicKey }) => ({
  ...publicKey.export({ format: 'jwk' }),
  alg,
  kid,
  use: 'sig',
});

function jwt(claims, { alg, kid, privateKey }) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, kid, typ: 'JWT' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

function json(response, status, body) {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
}

async function textOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
