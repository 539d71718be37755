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
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  await prepare(publicUrl, databaseUrl, key);
  const server = await startServer(SERVER, {
    port,
    env: { PORT: port, PUBLIC_URL: publicUrl, DATABASE_URL: databaseUrl },
  });
  const login = async ({ email, browse, forget }) => {
    const start = await browse('start', `${publicUrl}/api/auth/sign-in/sso`, {
      json: { providerId: PROVIDER, callbackURL: APP },
      headers: { origin: publicUrl },
    });
    const { url } = start.json();
    const acsUrl = `${publicUrl}/api/auth/sso/saml2/sp/acs/${PROVIDER}`;
    const form = {
      SAMLResponse: samlResponse(key, { acsUrl, audience: AUDIENCE, requestId: requestIdOf(url), email }),
      RelayState: new URL(url).searchParams.get('RelayState'),
    };
    const acs = await browse('acs', acsUrl, { form });
    if (!acs.cookies.some((cookie) => cookie.startsWith('better-auth.session_token=')))
      throw new Error(`better-auth opened no session: ${acs.location}`);
    forget(/session/);
    return email;
  };
  return { id: 'better-auth', name: 'better-auth', server, stages: ['start', 'acs'], login };
}

async function prepare(publicUrl, databaseUrl, { certificate }) {
  const auth = createAuth({ databaseUrl, publicUrl });
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
    body: {
      providerId: PROVIDER,
      issuer: AUDIENCE,
      domain: 'acme.bench.test',
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
    },
  });
  await auth.options.database.end();
}
