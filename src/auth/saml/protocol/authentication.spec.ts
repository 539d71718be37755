import { methodsOf, sessionEndOf } from './authentication';

const at = (minute: number) => new Date(Date.UTC(2030, 0, 1, 12, minute));

describe('How somebody signed in at the identity provider', () => {
  const methods = (authnContextClass?: string, references: string[] = []) =>
    methodsOf({
      authnContextClass,
      attributes: new Map([['http://schemas.microsoft.com/claims/authnmethodsreferences', references]]),
    });

  it('is told by the authentication context', () => {
    expect(methods('urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport')).toEqual(['pwd']);
    expect(methods('https://refeds.org/profile/mfa')).toEqual(['mfa']);
  });

  it("is told by Entra's attribute as well", () => {
    const mfa = 'http://schemas.microsoft.com/claims/multipleauthn';
    expect(methods('urn:oasis:names:tc:SAML:2.0:ac:classes:Password', [mfa])).toEqual(['pwd', 'mfa']);
  });

  it('is not guessed', () => {
    expect(methods('urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified')).toEqual([]);
    expect(methods()).toEqual([]);
  });
});

describe("The end of the identity provider's session", () => {
  it('is what the assertion says', () => {
    expect(sessionEndOf({ sessionNotOnOrAfter: at(59), notOnOrAfter: at(5) })).toEqual(at(59));
    expect(sessionEndOf({ sessionNotOnOrAfter: undefined, notOnOrAfter: at(5) })).toBeUndefined();
  });

  it('is not the end of the assertion, with or without a fraction of a second', () => {
    const rounded = new Date(at(5).getTime() - 999);
    for (const sessionNotOnOrAfter of [at(5), rounded])
      expect(sessionEndOf({ sessionNotOnOrAfter, notOnOrAfter: at(5) })).toBeUndefined();
  });

  it('may come before the end of the assertion', () => {
    expect(sessionEndOf({ sessionNotOnOrAfter: at(2), notOnOrAfter: at(5) })).toEqual(at(2));
  });
});
