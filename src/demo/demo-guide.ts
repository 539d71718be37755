import type { Config } from '../config/config';
import { loginUrl } from '../sso-connections/connection-urls';
import type { Furnished } from './demo-state';
import { DEMO_WORKSPACE } from './demo-workspace';

/** What there is to do with the demo, for the console. */
export function demoGuide({ publicUrl, dataDir }: Config, password: string, furnished: Furnished): string {
  const oidcUrl = loginUrl(publicUrl, { id: furnished.oidcConnectionId, type: 'oidc' });
  const samlUrl = loginUrl(publicUrl, { id: furnished.samlConnectionId, type: 'saml' });
  return `
  The workspace "${DEMO_WORKSPACE.slug}" is open: ${publicUrl}/login

  Through its identity provider   type ada@${DEMO_WORKSPACE.domain} (or grace, alan, katherine): ${DEMO_WORKSPACE.domain} goes to
                                  the OpenID Connect one; mallory@elsewhere.test is turned away
                                  ${oidcUrl}
                                  ${samlUrl}
  As its admin                    "Sign in with a password instead": ${DEMO_WORKSPACE.admin} / ${password}
  As its directory (SCIM)         ${publicUrl}/scim/v2  Authorization: Bearer ${furnished.scimToken}
  As a program                    ${publicUrl}/docs lists and tries every call

  Everything is kept in ${dataDir}; without that directory the demo begins anew. Ctrl-C stops it.

`;
}
