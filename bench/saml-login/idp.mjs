// The identity provider of the benchmark: one key, and responses written in canonical form already, so that signing
// one costs two RSA operations and nothing else. Every contender gets documents of the same shape and size.
import { createHash, createSign, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const DS = 'http://www.w3.org/2000/09/xmldsig#';

export const IDP = { entityId: 'https://idp.bench.test/metadata', ssoUrl: 'https://idp.bench.test/sso' };

/** A key pair with a self-signed certificate, made by the build that is measured. */
export async function makeKey(gatehouse) {
  const require = createRequire(import.meta.url);
  const { createSelfSignedCertificate } = require(
    join(gatehouse, 'dist/src/crypto/self-signed-certificate.js'),
  );
  const notAfter = new Date(Date.now() + 365 * 86_400_000);
  return createSelfSignedCertificate({ commonName: 'bench', notBefore: new Date(), notAfter });
}

export const base64Of = (pem) => pem.replace(/-----[^-]+-----|\s/g, '');

export function idpMetadata(certificate) {
  const key = `<KeyInfo xmlns="${DS}"><X509Data><X509Certificate>${base64Of(certificate)}</X509Certificate></X509Data></KeyInfo>`;
  return (
    `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${IDP.entityId}">` +
    `<IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
    `<KeyDescriptor use="signing">${key}</KeyDescriptor>` +
    `<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>` +
    `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${IDP.ssoUrl}"/>` +
    `</IDPSSODescriptor></EntityDescriptor>`
  );
}

/** The ID of the AuthnRequest in a redirect to the identity provider. */
export function requestIdOf(location) {
  const request = new URL(location).searchParams.get('SAMLRequest');
  const bytes = Buffer.from(request, 'base64');
  return /\bID="([^"]+)"/.exec(inflateRawSync(bytes).toString())[1];
}

/** SAMLResponse for a person: response and assertion signed, eight attributes and five groups. */
export function samlResponse({ privateKey, certificate }, { acsUrl, audience, requestId, email }) {
  const [responseId, assertionId] = [newId(), newId()];
  const now = new Date();
  const at = (seconds) => new Date(now.getTime() + seconds * 1000).toISOString();
  const attribute = (name, ...values) =>
    `<saml:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">` +
    `${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`;
  const saml = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
  const [head, body] = [
    `<saml:Assertion ${saml} ID="${assertionId}" IssueInstant="${at(0)}" Version="2.0">` +
      `<saml:Issuer>${IDP.entityId}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">${email}</saml:NameID>` +
      `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
      `<saml:SubjectConfirmationData InResponseTo="${requestId}" NotOnOrAfter="${at(300)}" Recipient="${acsUrl}"></saml:SubjectConfirmationData>` +
      `</saml:SubjectConfirmation></saml:Subject>` +
      `<saml:Conditions NotBefore="${at(-300)}" NotOnOrAfter="${at(300)}">` +
      `<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
      `<saml:AuthnStatement AuthnInstant="${at(0)}" SessionIndex="${assertionId}"><saml:AuthnContext>` +
      `<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>` +
      `</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>` +
      attribute('email', email) +
      attribute('givenName', 'Ada') +
      attribute('surname', 'Byron') +
      attribute('displayName', 'Ada Byron') +
      attribute('firstName', 'Ada') +
      attribute('lastName', 'Byron') +
      attribute('id', email) +
      attribute('department', 'Research and Development') +
      attribute('groups', 'engineering', 'everyone', 'europe', 'on-call', 'staff') +
      `</saml:AttributeStatement></saml:Assertion>`,
  ];
  const assertion = head + signature(assertionId, head + body, { privateKey, certificate }) + body;
  const [open, rest] = [
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="${acsUrl}" ID="${responseId}" ` +
      `InResponseTo="${requestId}" IssueInstant="${at(0)}" Version="2.0"><saml:Issuer ${saml}>${IDP.entityId}</saml:Issuer>`,
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>` +
      `${assertion}</samlp:Response>`,
  ];
  const response = open + signature(responseId, open + rest, { privateKey, certificate }) + rest;
  return Buffer.from(response).toString('base64');
}

/** `canonical` is the element without its signature, which is what both transforms leave of it. */
function signature(id, canonical, { privateKey, certificate }) {
  const digest = createHash('sha256').update(canonical).digest('base64');
  const signedInfo =
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXC_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${RSA_SHA256}"></ds:SignatureMethod><ds:Reference URI="#${id}"><ds:Transforms>` +
    `<ds:Transform Algorithm="${ENVELOPED}"></ds:Transform><ds:Transform Algorithm="${EXC_C14N}"></ds:Transform>` +
    `</ds:Transforms><ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue>` +
    `</ds:Reference></ds:SignedInfo>`;
  const value = createSign('sha256').update(signedInfo).sign(privateKey, 'base64');
  return (
    `<ds:Signature xmlns:ds="${DS}">${signedInfo.replace(` xmlns:ds="${DS}"`, '')}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${base64Of(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
  );
}

const newId = () => `_${randomBytes(16).toString('hex')}`;
