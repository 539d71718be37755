import { type Html, html } from '../../http/html';

/** What the fields of directories are called that take what stands on the page, as docs/scim tells of each. */
const NAMES: readonly { readonly product: string; readonly url: string; readonly secret: string }[] = [
  { product: 'Okta', url: 'SCIM connector base URL', secret: 'Authorization (HTTP Header)' },
  {
    product: 'Microsoft Entra ID',
    url: 'Tenant URL',
    secret: 'Secret Token; or Token Endpoint, Client Identifier and Client Secret',
  },
  { product: 'OneLogin', url: 'SCIM Base URL', secret: 'SCIM Bearer Token' },
  { product: 'JumpCloud', url: 'Base URL', secret: 'Token Key' },
  {
    product: 'PingOne and PingFederate',
    url: 'SCIM BASE URL, SCIM URL',
    secret: 'OAuth 2 Bearer Token; or OAuth 2 Client Credentials, with Token URL',
  },
  { product: 'Google Workspace', url: 'Endpoint URL', secret: 'Access token' },
  { product: 'Keycloak', url: 'SCIM 2.0 endpoint', secret: 'Auth password/token' },
];

/** Where the base URL and the credential go, by product. */
export const namesElsewhere = (): Html => html`
  <details>
    <summary>What your directory calls these</summary>
    <dl>
      ${NAMES.map(
        ({ product, url, secret }) =>
          html`<dt>${product}</dt>
            <dd>
              ${url}<br />
              <span class="soft">${secret}</span>
            </dd>`,
      )}
    </dl>
  </details>
`;
