import { fileURLToPath } from 'node:url';
import { getMigrations } from 'better-auth/db/migration';
import { freePort, startServer } from '../lib/processes.mjs';
import { createAuth } from './better-auth-options.mjs';
import { IDP, base64Of, idpMetadata, requestIdOf, samlResponse } from './idp.mjs';

const SERVER = fileURLToPath(new URL('servers/better-auth.mjs', import.meta.url));
const APP = 'https://app.bench.test/callback';
const PROVIDER = 'bench';
const AUDIENCE = 'https://better-auth.bench.test';

/** Starts better-auth with one provider, and answers a contender. Its login ends with a session cookie. */
export async function startBetterAuth(databaseUrl, key) {
  const { server, publicUrl } = await startWithProvider(databaseUrl, samlProvider(key));
  const acsUrl = `${publicUrl}/api/auth/sso/saml2/sp/acs/${PROVIDER}`;
  const login = async ({ email, browse, forget }) => {
    const { url } = (await browse('start', ...start(publicUrl))).json();
    const form = {
      SAMLResponse: samlResponse(key, { acsUrl, audience: AUDIENCE, requestId: requestIdOf(url), email }),
      RelayState: new URL(url).searchParams.get('RelayState'),
    };
    refuseWithoutSession(await browse('acs', acsUrl, { form }));
    forget(/session/);
    return email;
  };
  return { id: 'better-auth', name: 'better-auth', server, stages: ['start', 'acs'], login };
}

/** The request that begins a login. */
export const start = (publicUrl) => [
  `${publicUrl}/api/auth/sign-in/sso`,
  { json: { providerId: PROVIDER, callbackURL: APP }, headers: { origin: publicUrl } },
];

export function refuseWithoutSession({ cookies, location }) {
  if (!cookies.some((cookie) => cookie.startsWith('better-auth.session_token=')))
    throw new Error(`better-auth opened no session: ${location}`);
}

/** better-auth with a provider of these settings. */
export async function startWithProvider(databaseUrl, settings) {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  await prepare(publicUrl, databaseUrl, settings);
  const server = await startServer(SERVER, {
    port,
    env: { PORT: port, PUBLIC_URL: publicUrl, DATABASE_URL: databaseUrl, ISSUER: settings.issuer },
  });
  return { server, publicUrl };
}

async function prepare(publicUrl, databaseUrl, settings) {
  const auth = createAuth({ databaseUrl, publicUrl, issuer: settings.issuer });
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  const { headers } = await auth.api.signUpEmail({
    body: { name: 'Admin', email: 'admin@bench.test', password: 'a password of the benchmark' },
    returnHeaders: true,
  });
  const cookie = headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ');
  await auth.api.registerSSOProvider({
    headers: new Headers({ cookie }),
    body: { providerId: PROVIDER, domain: 'acme.bench.test', ...settings },
  });
  await auth.options.database.end();
}

const samlProvider = ({ certificate }) => ({
  issuer: AUDIENCE,
  samlConfig: {
    entryPoint: IDP.ssoUrl,
    cert: base64Of(certificate),
    callbackUrl: APP,
    audience: AUDIENCE,
    wantAssertionsSigned: true,
    idpMetadata: { metadata: idpMetadata(certificate) },
    spMetadata: {},
    mapping: {
      email: 'email',
      name: 'displayName',
      firstName: 'givenName',
      lastName: 'surname',
    },
  },
});
