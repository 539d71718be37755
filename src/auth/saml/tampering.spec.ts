import { signingKey } from '../../../test/support/certificates';
import {
  newId,
  responseXml,
  signAssertion,
  signResponse,
  toBase64,
} from '../../../test/support/saml-documents';
import { Secret } from '../../crypto/secret';
import { serviceProviderAddresses } from '../../sso-connections/connection-urls';
import { claimsOf, judge } from './protocol/claims';
import { preflight } from './protocol/preflight';
import { SamlRefusal } from './protocol/refusal';
import { verifySignature } from './saml.strategy';

const [idp, sp] = [signingKey(), signingKey()];
const addresses = serviceProviderAddresses('https://gatehouse.test', '0197aaaa-0000-7000-8000-000000000001');
const settings = {
  entityId: 'https://idp.test',
  ssoUrl: 'https://idp.test/sso',
  certificates: [idp.certificate],
  signed: 'assertion' as const,
  spCertificate: sp.certificate,
  spPrivateKey: new Secret(sp.privateKey),
};
const trust = {
  acsUrl: addresses.acsUrl,
  spEntityId: addresses.entityId,
  idpEntityId: settings.entityId,
  requestId: newId(),
};
const now = new Date();

/** All three gates. What they let pass, as JSON; `refused` otherwise; everything else is a failure of the test. */
async function outcome(xml: string): Promise<string> {
  try {
    const response = preflight({ samlResponse: toBase64(xml) });
    const verified = response.assertionId ? await verifySignature(settings, addresses, response) : undefined;
    const claims = claimsOf(judge(response, verified, { ...trust, now }));
    return JSON.stringify({ ...claims, attributes: [...claims.attributes] });
  } catch (error) {
    if (error instanceof SamlRefusal) return 'refused';
    throw error;
  }
}

/** A small generator with a seed (mulberry32), so that a failure can be had again. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const TOKENS = [
  '<',
  '>',
  '"',
  '&',
  ' ',
  '/',
  '\u0000',
  '\ufeff',
  '<!-- -->',
  '&#10;',
  'xmlns="urn:x" ',
  'eve',
  'é',
  '\r\n',
];

/** One random change: a piece cut out, doubled, moved, or something put in. */
function tamper(xml: string, roll: (sides: number) => number): string {
  const [from, length, to] = [roll(xml.length), 1 + roll(80), roll(xml.length)];
  const piece = xml.slice(from, from + length);
  const without = xml.slice(0, from) + xml.slice(from + length);
  switch (roll(5)) {
    case 0:
      return without;
    case 1:
      return xml.slice(0, to) + piece + xml.slice(to);
    case 2:
      return without.slice(0, to) + piece + without.slice(to);
    case 3:
      return xml.slice(0, to) + String.fromCharCode(32 + roll(95)) + xml.slice(to + 1);
    default:
      return xml.slice(0, to) + TOKENS[roll(TOKENS.length)] + xml.slice(to);
  }
}

describe('Whatever is changed about a signed response', () => {
  it.each([
    ['assertion', signAssertion],
    ['response around a signed assertion', (xml: string) => signResponse(signAssertion(xml, idp), idp)],
  ] as const)('(%s) it is refused, or says what it said before', async (_, sign) => {
    const original = sign(
      responseXml(trust, { now, attributes: { email: ['ada@acme.test'], groups: ['a', 'b'] } }),
      idp,
    );
    const said = await outcome(original);
    expect(said).toContain('ada@acme.test');
    const roll = dice(20_261_122);
    let refused = 0;
    for (let round = 0; round < 300; round += 1) {
      const tampered = tamper(original, roll);
      const result = await outcome(tampered);
      if (result === 'refused') refused += 1;
      else if (result !== said) throw new Error(`Round ${round} made it say ${result}:\n${tampered}`);
    }
    expect(refused).toBeGreaterThan(200);
  });
});
