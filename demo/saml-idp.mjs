// A SAML 2.0 identity provider for demonstrations and tests: npm `samlp` with a page that asks who is signing in.
//
//   PORT=4200 SERVICE_PROVIDERS='["http://localhost:3000/sso/saml/<id>/metadata"]' node demo/saml-idp.mjs
//
// PORT, ORIGIN_HOST listen port on the loopback interface (0 or unset picks one), and the host name in its URLs,
//                   default localhost. Prints `ready <metadata URL>`.
// SERVICE_PROVIDERS JSON list of those it answers: the URL of their metadata (which is their entity id), read
//                   at each sign-in, or {"entityId", "acsUrl", "certificate"?}. Where a certificate is known,
//                   requests must be signed with its key.
// PEOPLE            JSON list that replaces the people of people.mjs
// STATE_FILE        keeps the signing key over restarts
// SIGN              `assertion` (default), `response` or `both`
// CONTROL=stdin     see control.mjs; each line is {"serviceProviders": [...]}, which replaces the list
import express from 'express';
import { createServer } from 'node:http';
import samlp from 'samlp';
import { generate } from 'selfsigned';
import { followParent, listen } from './control.mjs';
import { keptState } from './kept-state.mjs';
import { choosePersonPage, messagePage, postBackPage } from './pages.mjs';
import { findPerson, nameOf } from './people.mjs';

const TITLE = 'Demo identity provider (SAML)';
const SIGN = process.env.SIGN ?? 'assertion';

let serviceProviders = JSON.parse(process.env.SERVICE_PROVIDERS ?? '[]');

const { key, cert } = await keptState(async () => {
  const tenYears = new Date(Date.now() + 10 * 365 * 86_400_000);
  const pair = await generate([{ name: 'commonName', value: TITLE }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate: tenYears,
  });
  return { key: pair.private, cert: pair.cert };
});

const app = express();
const server = createServer(app);
const origin = await listen(server, Number(process.env.PORT ?? 0));
const issuer = `${origin}/metadata`;

app.use(express.urlencoded({ extended: false }));
app.get(
  '/metadata',
  samlp.metadata({ issuer, cert, redirectEndpointPath: '/sso', postEndpointPath: '/sso' }),
);

/** A request by the HTTP-Redirect binding: is it one of ours to answer, and then, who is it? */
app.get('/sso', askWho);

/** The choice, or a request by the HTTP-POST binding. */
app.post('/sso', (request, response) =>
  request.body.email === undefined ? askWho(request, response) : answer(request, response),
);

app.use((error, _request, response, _next) => {
  response.status(error.status ?? 400).send(messagePage({ provider: TITLE, text: error.message }));
});

console.log(`ready ${issuer}`);
await followParent((settings) => {
  serviceProviders = settings.serviceProviders;
});

async function askWho(request, response) {
  const { relayState, expected } = await readRequest(request);
  const { SAMLRequest } = request.body ?? {};
  response.send(
    choosePersonPage({
      provider: TITLE,
      // What came in the URL stays there, where the signature covers it.
      action: request.originalUrl,
      hidden: { SAMLRequest, RelayState: relayState },
      expected,
    }),
  );
}

/** Answers the page that takes the signed assertion back to the service provider. */
async function answer(request, response) {
  const { id, relayState, serviceProvider } = await readRequest(request);
  const person = findPerson(request.body.email);
  if (!person) throw Object.assign(new Error('Nobody of that address works here.'), { status: 403 });
  const samlResponse = await signedResponse(person, serviceProvider, id);
  const fields = { SAMLResponse: Buffer.from(samlResponse).toString('base64'), RelayState: relayState };
  response.send(postBackPage({ provider: TITLE, action: serviceProvider.acsUrl, fields }));
}

/** Reads the request twice: for its sender, then, knowing the sender's certificate, for its signature. */
async function readRequest(request) {
  const claimed = await parse(request, {});
  if (!claimed?.issuer)
    throw new Error('This address takes SAML authentication requests; there is none here.');
  const serviceProvider = await findServiceProvider(claimed.issuer);
  const signingCert = serviceProvider.certificate;
  const { id, subject, assertionConsumerServiceURL: acsUrl } = await parse(request, { signingCert });
  if (acsUrl && acsUrl !== serviceProvider.acsUrl) {
    throw new Error(`${acsUrl} is not the assertion consumer service of ${claimed.issuer}.`);
  }
  return {
    id,
    serviceProvider,
    relayState: request.query.RelayState ?? request.body?.RelayState,
    expected: subject,
  };
}

function parse({ query, body }, options) {
  const request = query.SAMLRequest ? { method: 'GET', query } : { method: 'POST', query: {}, body };
  return new Promise((resolve, reject) => {
    const settings = { ...options, relayState: query.RelayState };
    samlp.parseRequest(request, settings, (error, data) => (error ? reject(error) : resolve(data)));
  });
}

async function findServiceProvider(entityId) {
  const known = serviceProviders.find((entry) => (entry.entityId ?? entry) === entityId);
  if (!known) throw new Error(`${entityId} is not a service provider that this identity provider knows.`);
  if (typeof known !== 'string') return known;
  const metadata = await fetch(known).then((answer) => answer.text());
  // Enough for one service provider's own metadata; a federation would validate and parse it.
  const acsUrl = /<(?:\w+:)?AssertionConsumerService\b[^>]*\bLocation="([^"]+)"/.exec(metadata)?.[1];
  const base64 = /<(?:\w+:)?X509Certificate>([^<]+)</.exec(metadata)?.[1].replace(/\s/g, '');
  if (!acsUrl) throw new Error(`The metadata at ${known} names no assertion consumer service.`);
  return { entityId, acsUrl: acsUrl.replaceAll('&amp;', '&'), certificate: base64 && pem(base64) };
}

function signedResponse(person, { entityId, acsUrl }, inResponseTo) {
  const options = {
    issuer,
    key,
    cert,
    audience: entityId,
    recipient: acsUrl,
    destination: acsUrl,
    inResponseTo,
    lifetimeInSeconds: 300,
    signatureAlgorithm: 'rsa-sha256',
    digestAlgorithm: 'sha256',
    signAssertion: SIGN !== 'response',
    signResponse: SIGN !== 'assertion',
    sessionIndex: `_${crypto.randomUUID()}`,
    authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    includeAttributeNameFormat: true,
    profileMapper: () => ({
      getClaims: () => ({
        email: person.email,
        displayName: nameOf(person),
        givenName: person.givenName,
        familyName: person.familyName,
        groups: person.groups,
      }),
      getNameIdentifier: () => ({
        nameIdentifier: person.sub,
        nameIdentifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      }),
    }),
  };
  return new Promise((resolve, reject) => {
    samlp.getSamlResponse(options, person, (error, xml) => (error ? reject(error) : resolve(xml)));
  });
}

function pem(base64) {
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;
}
