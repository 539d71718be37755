// A real OpenID Provider for demonstrations and tests: npm `oidc-provider` with a page that asks who is signing in.
//
//   PORT=4100 CLIENTS='[{"client_id":"a","client_secret":"b","redirect_uris":["http://localhost:3000/cb"]}]' \
//     node demo/oidc-idp.mjs
//
// PORT, ORIGIN_HOST listen port on the loopback interface (0 or unset picks one), and the host name in its URLs,
//                 default localhost. Prints `ready <issuer>`.
// CLIENTS         JSON list of client metadata (OpenID Connect Dynamic Client Registration names)
// PEOPLE          JSON list that replaces the people of people.mjs
// STATE_FILE      keeps the signing keys over restarts
// ID_TOKEN_CLAIMS `none` leaves email, names and groups to the userinfo endpoint
// CONTROL=stdin   see control.mjs; each line is {"clients": [...]}, which replaces the list
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { interactionPolicy } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import { followParent, listen } from './control.mjs';
import { keptState } from './kept-state.mjs';
import { choosePersonPage, messagePage } from './pages.mjs';
import { findPerson, nameOf, people } from './people.mjs';

const TITLE = 'Demo identity provider (OpenID Connect)';

const clients = new Map();
const register = (list) => {
  clients.clear();
  for (const client of list) clients.set(client.client_id, { require_auth_time: true, ...client });
};
register(JSON.parse(process.env.CLIENTS ?? '[]'));

const server = createServer();
const issuer = await listen(server, Number(process.env.PORT ?? 0));
const { jwks } = await keptState(async () => ({
  jwks: { keys: [await newKey('RS256'), await newKey('ES256')] },
}));
const provider = new Provider(issuer, {
  jwks,
  adapter: (name) => (name === 'Client' ? { find: async (id) => clients.get(id) } : new MemoryAdapter(name)),
  findAccount: (_ctx, sub) => accountOf(people.find((person) => person.sub === sub)),
  claims: {
    openid: ['sub', 'amr'],
    email: ['email', 'email_verified'],
    profile: ['name', 'given_name', 'family_name', 'groups'],
    groups: ['groups'],
  },
  conformIdTokenClaims: process.env.ID_TOKEN_CLAIMS === 'none',
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  pkce: { required: () => true },
  ttl: {
    Interaction: 600,
    Session: 3600,
    Grant: 3600,
    AuthorizationCode: 60,
    AccessToken: 300,
    IdToken: 300,
  },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
  },
  // Whom it tells about sign-outs, and where clients keep their keys, is on this very machine, which its own way of asking would not call.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  interactions: { policy: alwaysAskWho(), url: (_ctx, { uid }) => `/interaction/${uid}` },
  loadExistingGrant: grantWhatIsAsked,
  renderError: (ctx, { error, error_description: description }) => {
    ctx.type = 'html';
    ctx.body = messagePage({ provider: TITLE, text: [error, description].filter(Boolean).join(': ') });
  },
});

const answer = provider.callback();
server.on('request', (request, response) => {
  const asksWho = request.url.startsWith('/interaction/');
  (asksWho ? interact(request, response) : answer(request, response)).catch((error) => {
    const text = `${error.name}: ${error.error_description ?? error.message}`;
    send(response, error.statusCode ?? 500, messagePage({ provider: TITLE, text }));
  });
});
console.log(`ready ${issuer}`);
await followParent((settings) => register(settings.clients));

/** GET shows the people, POST signs one of them in. */
async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    const html = choosePersonPage({ provider: TITLE, action: request.url, expected: params.login_hint });
    return send(response, 200, html);
  }
  const person = findPerson(new URLSearchParams(await bodyOf(request)).get('email'));
  const outcome = person
    ? { login: { accountId: person.sub, remember: false, amr: ['pwd'] } }
    : { error: 'access_denied', error_description: 'Nobody of that address works here' };
  return provider.interactionFinished(request, response, outcome);
}

/** Every sign-in asks again: in a demonstration the next one is somebody else. */
function alwaysAskWho() {
  const policy = interactionPolicy.base();
  policy.get('login').checks.add(
    new interactionPolicy.Check('ask_who', 'Choose who you are', (ctx) => {
      const { NO_NEED_TO_PROMPT, REQUEST_PROMPT } = interactionPolicy.Check;
      return ctx.oidc.result?.login ? NO_NEED_TO_PROMPT : REQUEST_PROMPT;
    }),
  );
  return policy;
}

/** The company has consented for its people, as with any enterprise application. */
async function grantWhatIsAsked(ctx) {
  const { client, params, session } = ctx.oidc;
  const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

function accountOf(person) {
  if (!person) return undefined;
  const claims = {
    sub: person.sub,
    email: person.email,
    email_verified: person.emailVerified,
    name: nameOf(person),
    given_name: person.givenName,
    family_name: person.familyName,
    groups: person.groups,
  };
  return { accountId: person.sub, claims: () => claims };
}

async function newKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex'), use: 'sig', alg };
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response, status, html) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}
