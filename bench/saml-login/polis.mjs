import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort, startServer } from '../lib/processes.mjs';
import { requestIdOf, samlResponse } from './idp.mjs';

const FILLER = fileURLToPath(new URL('polis-fill.mjs', import.meta.url));
const SERVER = fileURLToPath(new URL('servers/polis.mjs', import.meta.url));
const APP = 'https://app.bench.test/callback';
const AUDIENCE = 'https://polis.bench.test';

/** Starts Polis with one connection and so many people in a directory, and answers a contender. */
export async function startPolis(databaseUrl, key, { directoryUsers, id, name }) {
  const what = { certificate: key.certificate, directoryUsers };
  const { server, publicUrl, connection } = await startWithConnection(databaseUrl, what);
  return {
    id,
    name,
    server,
    stages: ['start', 'acs', 'token', 'userinfo'],
    login: loginOf(publicUrl, key, connection),
  };
}

const loginOf =
  (publicUrl, key, connection) =>
  async ({ email, ask, browse }) => {
    const start = await browse('start', startUrl(publicUrl, connection));
    const acsUrl = `${publicUrl}/acs`;
    const SAMLResponse = samlResponse(key, {
      acsUrl,
      audience: AUDIENCE,
      requestId: requestIdOf(start.location),
      email,
    });
    const RelayState = new URL(start.location).searchParams.get('RelayState');
    const acs = await browse('acs', acsUrl, { form: { SAMLResponse, RelayState } });
    return finish({ ask, publicUrl, connection, code: new URL(acs.location).searchParams.get('code') });
  };

/** Where an application sends browsers to. */
export function startUrl(publicUrl, { clientID }) {
  const query = new URLSearchParams({
    client_id: clientID,
    redirect_uri: APP,
    state: 'state',
    response_type: 'code',
  });
  return `${publicUrl}/authorize?${query}`;
}

/** What the application does with its code. Answers whom the login was for. */
export async function finish({ ask, publicUrl, connection: { clientID, clientSecret }, code }) {
  const token = await ask('token', `${publicUrl}/token`, {
    form: {
      grant_type: 'authorization_code',
      client_id: clientID,
      client_secret: clientSecret,
      redirect_uri: APP,
      code,
    },
  });
  const { access_token: accessToken } = token.json();
  const who = await ask('userinfo', `${publicUrl}/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return who.json().email;
}

/** Polis, filled with what `polis-fill.mjs` is told. */
export async function startWithConnection(databaseUrl, what) {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const connection = await fill({ publicUrl, databaseUrl, ...what });
  const server = await startServer(SERVER, {
    port,
    env: { PORT: port, PUBLIC_URL: publicUrl, DATABASE_URL: databaseUrl },
  });
  return { server, publicUrl, connection };
}

/** In a process of its own: Polis keeps one database per process, and never lets it go. */
async function fill(what) {
  const child = fork(FILLER, { execArgv: [] });
  child.send(what);
  const [{ connection, error }] = await once(child, 'message');
  child.kill();
  if (error) throw new Error(error);
  return connection;
}
