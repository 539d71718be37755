import type { Vendor } from '../../../sso-connections/diagnosis/vendor-consoles';

/** The products that instructions exist for, by the names their makers gave them. */
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
} as const satisfies Record<Vendor, string>;
