// Who takes part in the logins through an OpenID Provider, each started and filled as for its SAML logins.
import * as betterAuth from '../saml-login/better-auth.mjs';
import * as gatehouse from '../saml-login/gatehouse.mjs';
import * as polis from '../saml-login/polis.mjs';
import { CLIENT } from './idp.mjs';

const STAGES = ['start', 'callback', 'token', 'userinfo'];
const codeIn = ({ location }) => new URL(location).searchParams.get('code');

export async function startGatehouse(build, databaseUrl, idp) {
  const { server, publicUrl, connection } = await gatehouse.startWithConnection(build, databaseUrl, {
    settings: {
      type: 'oidc',
      provider: 'generic',
      oidc: { issuer: idp.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret },
    },
    environment: { OUTBOUND_ALLOW: new URL(idp.issuer).host },
  });
  const login = async ({ email, ask, browse }) => {
    const start = await browse('start', gatehouse.startUrl(connection));
    const back = await browse('callback', idp.signIn(start.location, email));
    return gatehouse.finish({ ask, publicUrl, code: codeIn(back) });
  };
  return { id: 'Gatehouse', name: 'Gatehouse', server, stages: STAGES, login };
}

export async function startPolis(databaseUrl, idp) {
  const { server, publicUrl, connection } = await polis.startWithConnection(databaseUrl, {
    oidc: {
      oidcDiscoveryUrl: `${idp.issuer}/.well-known/openid-configuration`,
      oidcClientId: CLIENT.id,
      oidcClientSecret: CLIENT.secret,
    },
  });
  const login = async ({ email, ask, browse }) => {
    const start = await browse('start', polis.startUrl(publicUrl, connection));
    const back = await browse('callback', idp.signIn(start.location, email));
    return polis.finish({ ask, publicUrl, connection, code: codeIn(back) });
  };
  return { id: 'Polis', name: 'Polis', server, stages: STAGES, login };
}

/** Its login ends with a session cookie. */
export async function startBetterAuth(databaseUrl, idp) {
  const { server, publicUrl } = await betterAuth.startWithProvider(databaseUrl, {
    issuer: idp.issuer,
    oidcConfig: { clientId: CLIENT.id, clientSecret: CLIENT.secret, pkce: true },
  });
  const login = async ({ email, browse, forget }) => {
    const start = await browse('start', ...betterAuth.start(publicUrl));
    const back = await browse('callback', idp.signIn(start.json().url, email));
    betterAuth.refuseWithoutSession(back);
    forget(/session/);
    return email;
  };
  return { id: 'better-auth', name: 'better-auth', server, stages: ['start', 'callback'], login };
}
