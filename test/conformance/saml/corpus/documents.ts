import { type SigningKey, signingKey } from '../../../support/certificates';
import {
  IDP_SHAPES,
  idpShape,
  responseXml,
  signAll,
  type SignTerms,
  type Trust,
} from '../../../support/saml-documents';
import { encryptAssertion, type EncryptTerms } from '../../../support/saml-encryption';
import { Dice } from './dice';
import { FAULTS } from './faults';
import { MUTATIONS } from './mutations';

export type Signed = 'assertion' | 'response' | 'both';

/** A message and the connection it is sent to. */
export interface Document {
  readonly name: string;
  readonly xml: string;
  readonly trust: Trust;
  readonly signed: Signed;
  /** The same before it was encrypted, for readers that know no such encryption. */
  readonly clear?: string;
}

/** Whose keys there are: the identity provider's, ours to decrypt with, and somebody's. */
export interface Keys {
  readonly idp: SigningKey;
  readonly own: SigningKey;
  readonly stranger: SigningKey;
}

export const freshKeys = (): Keys => ({ idp: signingKey(), own: signingKey(), stranger: signingKey() });

const SIGNED: readonly Signed[] = ['assertion', 'response', 'both'];
const ELEMENTS = {
  assertion: ['Assertion'],
  response: ['Response'],
  both: ['Assertion', 'Response'],
} as const;
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const PSS = 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1';
const SHA512 = 'http://www.w3.org/2001/04/xmlenc#sha512';

/** Messages as eight products write them, in all the ways that are accepted. */
export function* wellFormed({ idp, own }: Keys, trust: Trust, now: Date): Generator<Document> {
  for (const product of IDP_SHAPES) {
    const shape = idpShape(product, idp);
    const theirs = { ...trust, idpEntityId: shape.entityId };
    const unsigned = () => shape.unsigned(theirs, now);
    const document = (name: string, signed: Signed, xml: string): Document => ({
      ...{ name: `${product}, ${name}`, xml, signed },
      trust: theirs,
    });
    const signedAs = (signed: Signed, terms?: SignTerms) => signAll(unsigned(), ELEMENTS[signed], idp, terms);
    const encrypted = (name: string, terms?: EncryptTerms): Document => {
      const clear = signedAs('assertion');
      return { ...document(name, 'assertion', encryptAssertion(clear, own.certificate, terms)), clear };
    };

    for (const signed of SIGNED) yield document(`signed: ${signed}`, signed, signedAs(signed));
    yield document('both signed, the assertion wanted', 'assertion', signedAs('both'));
    yield document('both signed, the response wanted', 'response', signedAs('both'));
    const sha512 = { signatureAlgorithm: `${MORE}rsa-sha512`, digestAlgorithm: SHA512 };
    yield document('RSA-SHA512', 'both', signedAs('both', sha512));
    yield document('RSA-PSS', 'assertion', signedAs('assertion', { signatureAlgorithm: PSS }));
    yield document('a byte order mark', 'assertion', `\ufeff${signedAs('assertion')}`);
    yield encrypted('encrypted');
    const rsaOaep: EncryptTerms = { cipher: 'aes-128-gcm', transport: 'oaep', digest: 'sha256' };
    yield encrypted('encrypted, SHA-256', rsaOaep);
    const around = signAll(encryptAssertion(unsigned(), own.certificate), ELEMENTS.response, idp);
    yield document('encrypted inside a signed response', 'response', around);
  }
}

/** Faults of every kind, signed by the right key. */
export function* wrong({ idp }: Keys, trust: Trust, now: Date): Generator<Document> {
  for (const [fault, changes] of Object.entries(FAULTS)) {
    for (const signed of SIGNED) {
      const xml = signAll(responseXml(trust, { now, ...changes(trust, now) }), ELEMENTS[signed], idp);
      yield { name: `${fault}, signed: ${signed}`, xml, trust, signed };
    }
  }
}

/** Messages of strangers, and what strangers can make of a certificate that everybody can have. */
export function* strange({ idp, own, stranger }: Keys, trust: Trust, now: Date): Generator<Document> {
  const unsigned = () => responseXml(trust, { now });
  const by = (key: SigningKey, shown: SigningKey, signed: Signed) =>
    signAll(unsigned(), ELEMENTS[signed], key, { shown });
  for (const signed of SIGNED) {
    const documents: [string, string][] = [
      ['by a stranger', by(stranger, stranger, signed)],
      ['by a stranger who shows the right certificate', by(stranger, idp, signed)],
      ['by our own key', by(own, own, signed)],
      ['by nobody', unsigned()],
      ['by nobody, encrypted', encryptAssertion(unsigned(), own.certificate)],
      ['by a stranger, encrypted', encryptAssertion(by(stranger, idp, 'assertion'), own.certificate)],
      ['encrypted for a stranger', encryptAssertion(by(idp, idp, 'assertion'), stranger.certificate)],
      [
        'encrypted with RSA 1.5',
        encryptAssertion(by(idp, idp, 'assertion'), own.certificate, { transport: 'pkcs1' }),
      ],
      [
        'encrypted with CBC',
        encryptAssertion(by(idp, idp, 'assertion'), own.certificate, { cipher: 'aes-256-cbc' }),
      ],
    ];
    for (const [name, xml] of documents) yield { name: `${name}, wanted: ${signed}`, xml, trust, signed };
  }
  const around = signAll(by(stranger, idp, 'assertion'), ELEMENTS.response, idp);
  yield { name: 'by a stranger inside the right response', xml: around, trust, signed: 'response' };
  const within = signAll(by(idp, idp, 'assertion'), ELEMENTS.response, stranger);
  yield { name: 'right inside a response by a stranger', xml: within, trust, signed: 'assertion' };
}

/** Any number of hostile messages: what the products send, with one to three things done to it. */
export function* hostile(
  keys: Keys,
  trust: Trust,
  now: Date,
  { seed, count }: { seed: number; count: number },
) {
  const dice = new Dice(seed);
  const originals = [...wellFormed(keys, trust, now)].filter(({ name }) => !name.includes('encrypted'));
  const names = [...MUTATIONS.keys()];
  let made = 0;
  for (let round = 0; made < count; round += 1) {
    const original = dice.pick(originals);
    // Every mutation in turn, so that none depends on luck; then others on top of it.
    const chosen = [
      names[round % names.length] ?? '',
      ...Array.from({ length: dice.roll(3) }, () => dice.pick(names)),
    ];
    const xml = chosen.reduce((text, name) => mutate(text, name, dice), original.xml);
    if (xml === original.xml) continue;
    made += 1;
    yield { ...original, name: `${round}: ${original.name}; ${chosen.join('; ')}`, xml } satisfies Document;
  }
}

/** A later mutation may find nothing left to change in what an earlier one made of the message. */
function mutate(xml: string, name: string, dice: Dice): string {
  try {
    return MUTATIONS.get(name)?.(xml, dice) ?? xml;
  } catch (error) {
    if (error instanceof Error && /nothing to pick/.test(error.message)) return xml;
    throw error;
  }
}
