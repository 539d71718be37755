import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { withClient } from '../lib/postgres.mjs';
import { freePort, startServer } from '../lib/processes.mjs';
import { IDP, requestIdOf, samlResponse } from './idp.mjs';

const SERVER = fileURLToPath(new URL('servers/floor.mjs', import.meta.url));
const APP = 'https://app.bench.test/callback';

const TABLES = `
  create table requests (id text primary key, state text not null, expires_at timestamptz not null);
  create table assertions (id text primary key, expires_at timestamptz not null);
  create table codes (hash bytea primary key, email text not null, expires_at timestamptz not null);
  create table sessions (id uuid primary key, email text not null, expires_at timestamptz not null);
  create table audit (id bigint generated always as identity primary key, type text not null, target text not null,
    at timestamptz not null default now());
`;

/** Starts the least code that could do it, and answers a contender. */
export async function startFloor(databaseUrl, key) {
  await withClient(databaseUrl, (client) => client.query(TABLES));
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = await startServer(SERVER, {
    port,
    env: {
      PORT: port,
      PUBLIC_URL: publicUrl,
      DATABASE_URL: databaseUrl,
      APP,
      IDP_SSO_URL: IDP.ssoUrl,
      IDP_CERTIFICATE: key.certificate,
      SP_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    },
  });
  const login = async ({ email, ask, browse }) => {
    const start = await browse('start', `${publicUrl}/start?state=state`);
    const acsUrl = `${publicUrl}/acs`;
    const requestId = requestIdOf(start.location);
    const audience = `${publicUrl}/metadata`;
    const form = { SAMLResponse: samlResponse(key, { acsUrl, audience, requestId, email }) };
    const acs = await browse('acs', acsUrl, { form });
    const code = new URL(acs.location).searchParams.get('code');
    const token = await ask('token', `${publicUrl}/token`, { json: { code } });
    const headers = { authorization: `Bearer ${token.json().accessToken}` };
    return (await ask('userinfo', `${publicUrl}/userinfo`, { headers })).json().email;
  };
  return { id: 'floor', name: 'floor', server, stages: ['start', 'acs', 'token', 'userinfo'], login };
}
