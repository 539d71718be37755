import { signingKey } from '../../../../test/support/certificates';
import {
  newId,
  responseXml,
  signAssertion,
  signResponse,
  toBase64,
} from '../../../../test/support/saml-documents';
import { serviceProviderAddresses } from '../../../sso-connections/connection-urls';
import { examine } from './examination';

const idp = signingKey();
const addresses = serviceProviderAddresses('https://gatehouse.test', '0197aaaa-0000-7000-8000-000000000001');
const trust = {
  acsUrl: addresses.acsUrl,
  spEntityId: addresses.entityId,
  idpEntityId: 'https://idp.test',
  requestId: newId(),
};
const now = new Date();
const terms = {
  ...{ ...trust, now, certificates: [idp.certificate], signed: 'assertion' as const },
  decryption: { keys: [], allowWeak: false },
};

/** What an examination lets pass, as JSON; `refused` otherwise. */
function outcome(xml: string): string {
  const { claims, refusal } = examine({ samlResponse: toBase64(xml) }, terms);
  expect(claims === undefined).toBe(refusal !== undefined);
  return claims ? JSON.stringify({ ...claims, attributes: [...claims.attributes] }) : 'refused';
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
  ] as const)('(%s) it is refused, or says what it said before', (_, sign) => {
    const original = sign(
      responseXml(trust, { now, attributes: { email: ['ada@acme.test'], groups: ['a', 'b'] } }),
      idp,
    );
    const said = outcome(original);
    expect(said).toContain('ada@acme.test');
    const roll = dice(20_261_122);
    let refused = 0;
    for (let round = 0; round < 300; round += 1) {
      const tampered = tamper(original, roll);
      const result = outcome(tampered);
      if (result === 'refused') refused += 1;
      else if (result !== said) throw new Error(`Round ${round} made it say ${result}:\n${tampered}`);
    }
    expect(refused).toBeGreaterThan(200);
  });
});
