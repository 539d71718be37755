import { impliedRevocationTrust } from './revocation-trust';

describe('Whose revocations count where nobody was named', () => {
  const trustOf = (provider: string, issuer: string) =>
    impliedRevocationTrust({ provider, oidc: { issuer, clientId: 'us', jwksUri: `${issuer}/keys` } });

  it.each([
    ['okta', 'https://login.acme.example/oauth2/default', 'https://login.acme.example'],
    ['Okta ', 'https://login.acme.example/oauth2/aus1', 'https://login.acme.example'],
    ['other', 'https://acme.okta.com/oauth2/aus1', 'https://acme.okta.com'],
    ['other', 'https://acme.oktapreview.com/oauth2/default/', 'https://acme.oktapreview.com'],
  ])(
    'are those of the organisation for %s at %s: Okta revokes in its name',
    (provider, issuer, organisation) => {
      expect(trustOf(provider, issuer)).toEqual({
        ...{ issuer: organisation, subject: 'us', jwksUri: `${organisation}/oauth2/v1/keys` },
      });
    },
  );

  it.each([
    ['okta', 'https://acme.okta.com'],
    ['other', 'https://idp.example/oauth2/token'],
    ['keycloak', 'https://id.example/realms/acme'],
  ])('are those of the provider itself for %s at %s', (provider, issuer) => {
    expect(trustOf(provider, issuer)).toEqual({ issuer, subject: 'us', jwksUri: `${issuer}/keys` });
  });

  it('are nobody’s for an issuer of many tenants, nor for SAML', () => {
    expect(trustOf('entra', 'https://login.microsoftonline.com/{tenantid}/v2.0')).toBeUndefined();
    expect(impliedRevocationTrust({ provider: 'okta' })).toBeUndefined();
  });
});
