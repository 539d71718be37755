import { readStrictXml } from '../../../xml/strict-xml';
import { readLogout } from './logout-facts';

const LIMITS = { maxDepth: 10, maxElements: 100, maxAttributes: 100, comments: 'refuse' } as const;
const NAMESPACES =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

const facts = (content: string, name = 'samlp:LogoutRequest') =>
  readLogout(readStrictXml(`<${name} ${NAMESPACES} ID="_1">${content}</${name}>`, LIMITS), {
    keys: [],
    allowWeak: false,
  });

describe('What a message about logging out says', () => {
  it('is read without the white space that only makes it pretty', () => {
    expect(
      facts(`<saml:Issuer>
        https://idp.acme.test
      </saml:Issuer><saml:NameID>ada</saml:NameID><samlp:SessionIndex> _s1
      </samlp:SessionIndex>`),
    ).toMatchObject({ issuer: 'https://idp.acme.test', nameId: 'ada', sessionIndexes: ['_s1'] });
  });

  it('names no session by an empty SessionIndex: then all of the person are meant', () => {
    expect(facts('<saml:NameID>ada</saml:NameID><samlp:SessionIndex> </samlp:SessionIndex>')).toMatchObject({
      sessionIndexes: [],
    });
  });

  it('keeps the name of the person as it was written', () => {
    expect(facts('<saml:NameID> ada </saml:NameID>')?.nameId).toBe(' ada ');
  });

  it.each([
    ['none', ''],
    ['two of them', '<saml:NameID>ada</saml:NameID><saml:NameID>ada</saml:NameID>'],
    ['one with elements in it', '<saml:NameID>ada<b/></saml:NameID>'],
  ])('names nobody when of names there is %s', (_, names) => expect(facts(names)?.nameId).toBeUndefined());

  it.each(['samlp:AuthnRequest', 'saml:LogoutRequest'])('is not in a %s', (name) => {
    expect(facts('', name)).toBeUndefined();
  });
});
