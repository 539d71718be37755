// The least that can log somebody in by SAML: node:http, and one prepared statement for each stage on the same
// PostgreSQL. Assertions, codes and tokens are verified, nothing is accepted twice, and the audit row is in the commit.
// But there is one connection, told at the start, and no people, tenants, limits or diagnosis: what is left above it is
// the price of those.
import {
  X509Certificate,
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { createServer } from 'node:http';
import { deflateRawSync } from 'node:zlib';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';
import pg from 'pg';
import { ExclusiveCanonicalization } from 'xml-crypto';

const { PORT, PUBLIC_URL, DATABASE_URL, APP, IDP_SSO_URL, IDP_CERTIFICATE, SP_KEY } = process.env;
const [ACS_URL, ENTITY_ID] = [`${PUBLIC_URL}/acs`, `${PUBLIC_URL}/metadata`];
const TOKEN_SECONDS = 600;
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const DS = 'http://www.w3.org/2000/09/xmldsig#';

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const idpKey = new X509Certificate(IDP_CERTIFICATE).publicKey;
const spKey = createPrivateKey(SP_KEY);
const tokenKeys = generateKeyPairSync('ed25519');
const parser = new DOMParser({ onError: onErrorStopParsing });
const canonicalization = new ExclusiveCanonicalization();

const STATEMENTS = {
  start: `insert into requests (id, state, expires_at) values ($1, $2, now() + interval '10 minutes')`,
  acs: `with request as (
          delete from requests where id = $1 and expires_at > now() returning state
        ), fresh as (
          insert into assertions (id, expires_at) select $2, $3 from request on conflict do nothing returning id
        ), code as (
          insert into codes (hash, email, expires_at) select $4, $5, now() + interval '1 minute' from fresh
        ), entry as (
          insert into audit (type, target) select 'signed in', $5 from fresh
        ) select state from request, fresh`,
  token: `with code as (
            delete from codes where hash = $1 and expires_at > now() returning email
          ) insert into sessions (id, email, expires_at) select $2, email, now() + interval '8 hours' from code
            returning id`,
  userinfo: 'select email from sessions where id = $1 and expires_at > now()',
};

class Refused extends Error {}

const run = (name, values) => pool.query({ name, text: STATEMENTS[name], values });

/** The one row of a statement; without it, there was nothing left to consume. */
async function one(name, values) {
  const { rows } = await run(name, values);
  if (rows.length !== 1) throw new Refused(`${name}: unknown, expired or used`);
  return rows[0];
}

const ROUTES = {
  async 'GET /start'({ query }) {
    const id = `_${randomBytes(16).toString('hex')}`;
    await run('start', [id, query.get('state')]);
    const signed = new URLSearchParams({ SAMLRequest: authnRequest(id), SigAlg: RSA_SHA256 }).toString();
    const signature = sign('sha256', Buffer.from(signed), spKey).toString('base64');
    return { status: 302, location: `${IDP_SSO_URL}?${signed}&Signature=${encodeURIComponent(signature)}` };
  },

  async 'POST /acs'({ text }) {
    const said = assertionOf(new URLSearchParams(text).get('SAMLResponse'));
    const code = randomBytes(32).toString('base64url');
    const values = [said.inResponseTo, said.id, said.notOnOrAfter, sha256(code), said.email];
    const { state } = await one('acs', values);
    return { status: 303, location: `${APP}?${new URLSearchParams({ code, state })}` };
  },

  async 'POST /token'({ text }) {
    const { id } = await one('token', [sha256(JSON.parse(text).code), randomUUID()]);
    return { status: 200, body: { accessToken: issueToken(id) } };
  },

  async 'GET /userinfo'({ token }) {
    return { status: 200, body: await one('userinfo', [sessionOf(token)]) };
  },
};

function authnRequest(id) {
  const xml =
    `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${id}" Version="2.0" ` +
    `IssueInstant="${new Date().toISOString()}" Destination="${IDP_SSO_URL}" AssertionConsumerServiceURL="${ACS_URL}" ` +
    `ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">` +
    `<saml:Issuer xmlns:saml="${SAML}">${ENTITY_ID}</saml:Issuer></samlp:AuthnRequest>`;
  return deflateRawSync(xml).toString('base64');
}

/** What the assertion of a response says, if the provider signed it and it is meant for us, now. */
function assertionOf(samlResponse) {
  const xml = Buffer.from(samlResponse ?? '', 'base64').toString();
  const assertion = child(parser.parseFromString(xml, 'text/xml').documentElement, SAML, 'Assertion');
  refuseForged(assertion);
  const confirmation = child(assertion, SAML, 'Subject', 'SubjectConfirmation', 'SubjectConfirmationData');
  const conditions = child(assertion, SAML, 'Conditions');
  const notOnOrAfter = confirmation.getAttribute('NotOnOrAfter');
  const began = Date.parse(conditions.getAttribute('NotBefore')) <= Date.now();
  if (!began || !isAhead(notOnOrAfter) || !isAhead(conditions.getAttribute('NotOnOrAfter')))
    throw new Refused('It is not valid now.');
  if (confirmation.getAttribute('Recipient') !== ACS_URL) throw new Refused('It is for another recipient.');
  if (child(conditions, SAML, 'AudienceRestriction', 'Audience').textContent !== ENTITY_ID)
    throw new Refused('It is for another audience.');
  return {
    id: assertion.getAttribute('ID'),
    inResponseTo: confirmation.getAttribute('InResponseTo'),
    notOnOrAfter,
    email: child(assertion, SAML, 'Subject', 'NameID').textContent,
  };
}

/**
 * Whatever a signature says of its algorithms, only RSA-SHA256 over exclusive canonical XML is tried, and only over the
 * assertion that it stands in: nobody can have something else verified than what is read.
 */
function refuseForged(assertion) {
  const signature = child(assertion, DS, 'Signature');
  const signedInfo = child(signature, DS, 'SignedInfo');
  const reference = child(signedInfo, DS, 'Reference');
  const bytes = (element) => Buffer.from(element.textContent, 'base64');
  const canonical = (element) => Buffer.from(canonicalization.process(element));
  if (!verify('sha256', canonical(signedInfo), idpKey, bytes(child(signature, DS, 'SignatureValue'))))
    throw new Refused('The signature is wrong.');
  if (reference.getAttribute('URI') !== `#${assertion.getAttribute('ID')}`)
    throw new Refused('The signature is of another element.');
  assertion.removeChild(signature);
  if (!sha256(canonical(assertion)).equals(bytes(child(reference, DS, 'DigestValue'))))
    throw new Refused('The assertion was changed.');
}

/** The only child of this name, of that the only child of the next name, and so on. */
function child(parent, namespace, ...names) {
  return names.reduce((element, name) => {
    const found = [];
    for (let node = element.firstChild; node; node = node.nextSibling)
      if (node.localName === name && node.namespaceURI === namespace) found.push(node);
    if (found.length !== 1) throw new Refused(`There are ${found.length} of ${name}.`);
    return found[0];
  }, parent);
}

const isAhead = (time) => Date.now() < Date.parse(time);
const sha256 = (data) => createHash('sha256').update(data).digest();
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = encoded({ alg: 'EdDSA', typ: 'JWT' });

function issueToken(session) {
  const text = `${HEADER}.${encoded({ sid: session, exp: Math.floor(Date.now() / 1000) + TOKEN_SECONDS })}`;
  return `${text}.${sign(null, Buffer.from(text), tokenKeys.privateKey).toString('base64url')}`;
}

function sessionOf(token = '') {
  const [header, claims, signature = ''] = token.split('.');
  const text = Buffer.from(`${header}.${claims}`);
  if (!verify(null, text, tokenKeys.publicKey, Buffer.from(signature, 'base64url')))
    throw new Refused('The token is not ours.');
  const { sid, exp } = JSON.parse(Buffer.from(claims, 'base64url'));
  if (exp * 1000 <= Date.now()) throw new Refused('The token has expired.');
  return sid;
}

async function handle(request, text) {
  const { pathname, searchParams: query } = new URL(request.url, 'http://localhost');
  const route = ROUTES[`${request.method} ${pathname}`];
  if (!route) return { status: 404, body: {} };
  return route({ query, text, token: request.headers.authorization?.slice('Bearer '.length) });
}

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    handle(request, Buffer.concat(chunks).toString())
      .catch((error) => ({ status: error instanceof Refused ? 403 : 500, body: { error: error.message } }))
      .then(({ status, location, body }) => {
        const answer = Buffer.from(body ? JSON.stringify(body) : '');
        const kind = location ? { location } : { 'content-type': 'application/json' };
        response.writeHead(status, { ...kind, 'content-length': answer.length }).end(answer);
      });
  });
}).listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
