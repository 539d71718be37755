/** Products that people choose from when they set a connection up; the names are theirs. */
export const PROVIDERS = {
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  google: 'Google Workspace',
  jumpcloud: 'JumpCloud',
  onelogin: 'OneLogin',
  ping: 'PingOne or PingFederate',
  auth0: 'Auth0',
  keycloak: 'Keycloak',
  generic: 'Another one',
} as const;

export type Provider = keyof typeof PROVIDERS;
