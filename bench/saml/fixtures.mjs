import { createSign, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

export const TRUST = {
  acsUrl: 'https://gatehouse.test/sso/saml/1/acs',
  spEntityId: 'https://gatehouse.test/sso/saml/1/metadata',
  idpEntityId: 'https://idp.test/metadata',
  requestId: '_0197aaaa000070008000000000000001',
};

/**
 * Two responses in the size of a person with five groups and of one with 150, response and assertion signed
 * (RSA-2048, SHA-256, exclusive canonicalization, certificate in KeyInfo); and each with one group changed afterwards.
 */
export function makeFixtures(gatehouse) {
  const require = createRequire(join(gatehouse, 'package.json'));
  const { SignedXml } = require('xml-crypto');
  const { certify } = require('./dist/src/crypto/self-signed-certificate.js');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = certify(privateKey, {
    commonName: 'Bench identity provider',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const now = new Date();

  const sign = (xml, element) => {
    const signer = new SignedXml({
      privateKey: pem,
      publicCert: certificate,
      signatureAlgorithm: RSA_SHA256,
      canonicalizationAlgorithm: EXC_C14N,
    });
    const xpath = `//*[local-name(.)='${element}']`;
    signer.addReference({ xpath, digestAlgorithm: SHA256, transforms: [ENVELOPED, EXC_C14N] });
    signer.computeSignature(xml, {
      prefix: 'ds',
      location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
    });
    return signer.getSignedXml();
  };
  const message = (groups) => {
    const xml = sign(sign(unsigned(groups, now), 'Assertion'), 'Response');
    const tampered = xml.replace('group-000', 'group-admin');
    if (tampered === xml) throw new Error('Nothing was tampered with.');
    return { good: base64(xml), tampered: base64(tampered), bytes: Buffer.byteLength(xml) };
  };
  // What the floor verifies: the two RSA operations and hashes that no implementation can do without.
  const value = createSign('sha256').update('x'.repeat(600)).sign(pem, 'base64');
  return { now, certificate, floor: { value }, typical: message(5), large: message(150) };
}

const base64 = (xml) => Buffer.from(xml).toString('base64');

function unsigned(groups, now) {
  const at = (seconds) => new Date(now.getTime() + seconds * 1000).toISOString();
  const attribute = (name, values) =>
    `<saml:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">${values
      .map(
        (value) =>
          `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">${value}</saml:AttributeValue>`,
      )
      .join('')}</saml:Attribute>`;
  const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
  const attributes = [
    attribute(`${claims}/emailaddress`, ['ada@acme.test']),
    attribute(`${claims}/givenname`, ['Ada']),
    attribute(`${claims}/surname`, ['Lovelace']),
    attribute(`${claims}/name`, ['ada@acme.test']),
    attribute('http://schemas.microsoft.com/identity/claims/displayname', ['Ada Lovelace']),
    attribute('department', ['Analysis']),
    attribute('employeeNumber', ['1815']),
    attribute('http://schemas.microsoft.com/identity/claims/tenantid', [
      '4a0c6f8e-0000-4000-8000-000000000001',
    ]),
    attribute(
      'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
      Array.from({ length: groups }, (_, index) => `group-${String(index).padStart(3, '0')}`),
    ),
  ];
  const { acsUrl, spEntityId, idpEntityId, requestId } = TRUST;
  return (
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="${at(0)}" Destination="${acsUrl}" InResponseTo="${requestId}">` +
    `<saml:Issuer>${idpEntityId}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
    `<saml:Assertion ID="_assertion" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${idpEntityId}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@acme.test</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(3600)}" Recipient="${acsUrl}" InResponseTo="${requestId}"/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${at(-300)}" NotOnOrAfter="${at(3600)}"><saml:AudienceRestriction><saml:Audience>${spEntityId}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${at(0)}" SessionIndex="_session"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion></samlp:Response>`
  );
}
