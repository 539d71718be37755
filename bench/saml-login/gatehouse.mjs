import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '../lib/postgres.mjs';
import { freePort, startServer } from '../lib/processes.mjs';
import { idpMetadata, requestIdOf, samlResponse } from './idp.mjs';

const PASSWORD = 'a password of the benchmark that nothing else uses';
const ADMIN = 'admin@bench.test';
const APP = 'https://app.bench.test/callback';

/** Starts the production build with one active connection and so many members, and answers a contender. */
export async function startGatehouse(gatehouse, databaseUrl, key, { directoryUsers, id, name }) {
  const { server, publicUrl, connection } = await startWithConnection(gatehouse, databaseUrl, {
    directoryUsers,
    settings: {
      type: 'saml',
      provider: 'okta',
      saml: { metadataXml: idpMetadata(key.certificate), signed: 'both' },
    },
  });
  const login = async ({ email, ask, browse }) => {
    const start = await browse('start', startUrl(connection));
    const { acsUrl, entityId } = connection.sp;
    const form = {
      SAMLResponse: samlResponse(key, {
        acsUrl,
        audience: entityId,
        requestId: requestIdOf(start.location),
        email,
      }),
      RelayState: new URL(start.location).searchParams.get('RelayState'),
    };
    const acs = await browse('acs', acsUrl, { form });
    return finish({ ask, publicUrl, code: new URL(acs.location).searchParams.get('code') });
  };
  return { id, name, server, stages: ['start', 'acs', 'token', 'userinfo'], login };
}

/** Where an application sends browsers to. */
export const startUrl = ({ loginUrl }) => `${loginUrl}?redirectUri=${encodeURIComponent(APP)}&state=state`;

/** What the application does with its code. Answers whom the login was for. */
export async function finish({ ask, publicUrl, code }) {
  const token = await ask('token', `${publicUrl}/v1/auth/token`, { json: { code } });
  const { accessToken } = token.json();
  const me = await ask('userinfo', `${publicUrl}/v1/auth/me`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return me.json().user.email;
}

/** The production build, with an active connection of these settings for the domain of the benchmark's people. */
export async function startWithConnection(
  gatehouse,
  databaseUrl,
  { settings, directoryUsers = 0, environment = {} },
) {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const server = await startServer(join(gatehouse, 'dist/src/main.js'), {
    port,
    cwd: tmpdir(),
    env: {
      PORT: port,
      PUBLIC_URL: publicUrl,
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEY: Buffer.alloc(32, 'bench').toString('base64'),
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'silent',
      APP_REDIRECT_URIS: APP,
      BOOTSTRAP_WORKSPACE: 'bench',
      BOOTSTRAP_ADMIN_EMAIL: ADMIN,
      BOOTSTRAP_ADMIN_PASSWORD: PASSWORD,
      ...environment,
      ...(process.env.BENCH_NODE_OPTIONS && { NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS }),
    },
  });
  const connection = await prepare(publicUrl, databaseUrl, settings, directoryUsers);
  return { server, publicUrl, connection };
}

async function prepare(publicUrl, databaseUrl, settings, directoryUsers) {
  const call = async (path, body, token) => {
    const response = await fetch(`${publicUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { accessToken } = await call('/v1/auth/login', { email: ADMIN, password: PASSWORD });
  const connection = await call('/v1/sso/connections', { name: 'Bench', ...settings }, accessToken);
  await call(`/v1/sso/connections/${connection.id}/activate`, { untested: true }, accessToken);
  await withClient(databaseUrl, async (client) => {
    // What a DNS record would prove.
    await client.query(
      `with added as (
         insert into domains (workspace_id, domain, token, status, verified_at)
         select id, 'acme.bench.test', 'bench', 'verified', now() from workspaces returning workspace_id, id, domain
       )
       insert into verified_domains (domain, workspace_id, domain_id) select domain, workspace_id, id from added`,
    );
    if (directoryUsers > 0) await fillDirectory(client, directoryUsers);
  });
  return connection;
}

async function fillDirectory(client, count) {
  await client.query(
    `with people as (
       insert into users (email, email_claimed, name)
       select 'person-' || n || '@directory.bench.test', false, 'Person ' || n from generate_series(1, $1) n
       returning id, email, name
     )
     insert into members (workspace_id, user_id, email, user_name, display_name, role, source)
     select w.id, p.id, p.email, p.email, p.name, 'viewer', 'scim' from people p, workspaces w`,
    [count],
  );
  await client.query('vacuum (analyze)');
}
