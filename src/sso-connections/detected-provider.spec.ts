import { detectProvider, isOtherProvider } from './detected-provider';

const TENANT = '11111111-2222-4333-8444-555555555555';

describe('The product of an identity provider', () => {
  it.each<[string, string, string | undefined]>([
    ['http://www.okta.com/exk1abc', 'okta', undefined],
    ['https://acme.okta.com/app/acme/exk1/sso/saml', 'okta', undefined],
    [`https://sts.windows.net/${TENANT}/`, 'entra', TENANT],
    [`https://login.microsoftonline.com/${TENANT}/v2.0`, 'entra', TENANT],
    ['https://accounts.google.com/o/saml2?idpid=C01', 'google', 'C01'],
    ['https://accounts.google.com', 'google', undefined],
    ['https://sso.jumpcloud.com/saml2/acme', 'jumpcloud', undefined],
    ['https://acme.onelogin.com/saml/metadata/1', 'onelogin', undefined],
    [`https://auth.pingone.eu/${TENANT}`, 'ping', TENANT],
    ['urn:acme.auth0.com', 'auth0', 'acme'],
    ['https://acme.eu.auth0.com/samlp/x', 'auth0', 'acme.eu'],
    ['http://localhost:8080/auth/realms/acme', 'keycloak', 'acme'],
  ])('is told by %s', (name, provider, tenantId) => {
    expect(detectProvider(['urn:x', name])).toEqual({ provider, ...(tenantId && { tenantId }) });
  });

  it.each(['urn:acme', 'https://idp.acme.test/okta.com/', 'https://okta.com.evil.test/', ''])(
    'is not told by %j',
    (name) => {
      expect(detectProvider([name])).toBeUndefined();
    },
  );

  it('is compared with what was picked', () => {
    const entra = { provider: 'entra' };
    for (const same of ['entra', 'Azure AD', 'microsoft', 'Microsoft Entra ID', 'other', 'generic'])
      expect(isOtherProvider(same, entra)).toBe(false);
    for (const other of ['okta', 'Google Workspace']) expect(isOtherProvider(other, entra)).toBe(true);
  });
});
