import { FAMILIES } from './catalogue';
import type { Diagnosis, Owner } from './diagnosis';
import { PLACES, VENDORS, type Vendor } from './vendor-consoles';

const OWNERS: Record<Owner, string> = {
  idp_admin: 'the administrator of the identity provider',
  workspace_admin: 'an admin of the workspace',
  operator: 'whoever runs the service',
};

const NAMES: Record<Vendor, string> = {
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  google: 'Google Workspace',
  jumpcloud: 'JumpCloud',
  onelogin: 'OneLogin',
  ping: 'PingOne and PingFederate',
  auth0: 'Auth0',
  keycloak: 'Keycloak',
  generic: 'any other',
};

const OUR_ADDRESSES: Record<string, string> = {
  acsUrl: 'the ACS URL of the connection',
  entityId: 'the entity ID of the connection',
  metadataUrl: 'the metadata URL of the connection',
  sloUrl: 'the logout URL of the connection',
  redirectUri: 'the redirect URI of the connection',
  initiateLoginUri: 'the initiate login URI of the connection',
};

const INTRODUCTION = `# When a sign-in fails

Every refusal has a code. It stands on the page that the person sees, in the audit log (\`sso.login_failed\`) and in the
record of the sign-in: \`GET /v1/sso/connections/{id}/login-attempts\`, which also says what was received and expected.
To look into one without locking anybody out, start a test: \`POST /v1/sso/connections/{id}/test\`. Messages about logging
out that were refused are in the audit log as \`sso.logout_refused\`; what cannot be set up is refused at once.

This page is written by \`npm run docs:generated\` from the catalogue in \`src/sso-connections/diagnosis\`.`;

/** The page about all refusals, as Markdown, with each vendor's own words for where to look. */
export function troubleshootingPage(): string {
  const families = Object.entries(FAMILIES).map(
    ([family, entries]) => `## ${family}\n\n${Object.entries<Diagnosis>(entries).map(entry).join('\n\n')}`,
  );
  return `${[INTRODUCTION, ...families, places()].join('\n\n')}\n`;
}

/** A hint for readers who look at no connection: our addresses in words. */
export function withOurAddresses(hint: string): string {
  return hint.replace(/\{(\w+)\}/g, (_, name: string) => OUR_ADDRESSES[name] ?? name);
}

function entry([code, { owner, title, explanation, hint, place }]: [string, Diagnosis]): string {
  const advice = withOurAddresses(hint);
  const where = place ? `\n- Where: [${place.replaceAll('_', ' ')}](#${anchorOf(place)})` : '';
  return `### \`${code}\`\n\n**${title}.** ${explanation}\n\n- Put right by: ${OWNERS[owner]}\n- What to do: ${advice}${where}`;
}

function places(): string {
  const sections = Object.entries(PLACES).map(([place, vendors]) => {
    const lines = VENDORS.map((vendor) => `- **${NAMES[vendor]}**: ${vendors[vendor]}`);
    return `### ${headingOf(place)}\n\n${lines.join('\n')}`;
  });
  return `## Where to look\n\n${sections.join('\n\n')}`;
}

const headingOf = (place: string): string => `Where: ${place.replaceAll('_', ' ')}`;
const anchorOf = (place: string): string => `where-${place.replaceAll('_', '-')}`;
