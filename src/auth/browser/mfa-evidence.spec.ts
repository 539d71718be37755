import { showsSecondFactor } from './mfa-evidence';

describe('The word of an identity provider', () => {
  it.each<[string, string[], string | undefined]>([
    ['Okta, with two factors', ['pwd', 'mfa', 'otp'], undefined],
    ['Entra, by its method reference', ['pwd', 'mfa'], undefined],
    ['Auth0', ['mfa'], undefined],
    ['Keycloak, which names each step', ['pwd', 'otp'], undefined],
    ['a security key', ['hwk'], undefined],
    ['the REFEDS profile', [], 'https://refeds.org/profile/mfa'],
    ['Entra, as a SAML context', [], 'http://schemas.microsoft.com/claims/multipleauthn'],
    ['PAPE', [], 'http://schemas.openid.net/pape/policies/2007/06/multi-factor'],
    ['a phishing-resistant context', ['pwd'], 'phr'],
  ])('is evidence of a second factor from %s', (_, amr, acr) => {
    expect(showsSecondFactor(amr, acr)).toBe(true);
  });

  it.each<[string, string[], string | undefined]>([
    ['nothing', [], undefined],
    ['a password', ['pwd'], 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'],
    ['an unspecified context', [], 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified'],
    ['something known twice', ['pwd', 'pin', 'kba'], undefined],
    ['the place and the device', ['pwd', 'wia', 'geo', 'rba', 'user'], undefined],
    ['a level of its own', ['pwd'], '2'],
    ['another spelling', ['MFA'], 'https://refeds.org/profile/mfa/'],
  ])('is none from %s', (_, amr, acr) => {
    expect(showsSecondFactor(amr, acr)).toBe(false);
  });
});
