// A product beside Gatehouse, as small as it can be: node docs/product/product.mjs, then open http://localhost:4000
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const GATEHOUSE = process.env.GATEHOUSE ?? 'http://localhost:3000';
const PRODUCT = process.env.PRODUCT ?? 'http://localhost:4000';
const CALLBACK = `${PRODUCT}/callback`; // one of APP_REDIRECT_URIS

const random = () => randomBytes(32).toString('base64url');
const begun = new Map(); // state → codeVerifier, of a sign-in under way; yours belongs where all instances see it
const sessions = new Map(); // the value of our cookie → tokens

const post = (path, body, headers) =>
  fetch(`${GATEHOUSE}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Where somebody goes to sign in; the cookie ties the way back to this browser. */
function signIn() {
  const state = random();
  const codeVerifier = random();
  begun.set(state, codeVerifier);
  const url = new URL(`${GATEHOUSE}/login`);
  url.search = new URLSearchParams({
    redirectUri: CALLBACK,
    state,
    codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
  });
  return { location: url.href, 'set-cookie': `state=${state}; Path=/; HttpOnly; SameSite=Lax` };
}

/** They are back: the code becomes tokens, which never reach the browser. */
async function comeBack(url, cookies) {
  const state = url.searchParams.get('state');
  const codeVerifier = begun.get(state);
  if (!codeVerifier || cookies.state !== state) return signIn();
  begun.delete(state);
  const answer = await post('/v1/auth/token', { code: url.searchParams.get('code'), codeVerifier });
  if (!answer.ok) return signIn();
  const id = random();
  sessions.set(id, await answer.json());
  return { location: PRODUCT, 'set-cookie': `session=${id}; Path=/; HttpOnly; SameSite=Lax` };
}

/** Who this is and what they may do now; undefined once Gatehouse says that they are out. */
async function whoIs(id) {
  const ask = (tokens) =>
    fetch(`${GATEHOUSE}/v1/auth/me`, { headers: { authorization: `Bearer ${tokens.accessToken}` } });
  let answer = await ask(sessions.get(id));
  if (answer.status === 401) {
    const refreshed = await post('/v1/auth/refresh', { refreshToken: sessions.get(id).refreshToken });
    if (refreshed.ok) {
      sessions.set(id, await refreshed.json());
      answer = await ask(sessions.get(id));
    }
  }
  if (answer.status === 401) return void sessions.delete(id);
  if (!answer.ok) throw new Error(`Gatehouse answered ${answer.status}`);
  return answer.json();
}

async function signOut(id) {
  const { accessToken } = sessions.get(id);
  sessions.delete(id);
  await post('/v1/auth/logout', {}, { authorization: `Bearer ${accessToken}` });
  return { location: PRODUCT, 'set-cookie': 'session=; Path=/; Max-Age=0' };
}

async function handle(request, response) {
  const url = new URL(request.url, PRODUCT);
  const cookies = Object.fromEntries(
    (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=')),
  );
  const leadTo = (headers) => response.writeHead(303, headers).end();
  if (url.pathname === '/callback') return leadTo(await comeBack(url, cookies));
  const id = cookies.session;
  const person = sessions.has(id) ? await whoIs(id) : undefined;
  if (!person) return leadTo(signIn());
  if (request.method === 'POST' && url.pathname === '/sign-out') return leadTo(await signOut(id));
  if (!person.member.permissions.includes('runs:read'))
    return response.writeHead(403).end('Not yours to see.');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ email: person.user.email, workspace: person.workspace.slug }));
}

createServer((request, response) => {
  handle(request, response).catch((failure) => {
    console.error(failure);
    response.writeHead(503).end('Try again.');
  });
}).listen(new URL(PRODUCT).port);
