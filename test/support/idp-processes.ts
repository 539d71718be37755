import { IdpProcess } from '../../src/demo/idp-process';
import type { Browser, Page } from './browser';

/** Somebody an identity provider knows. The ones it knows by default stand in demo/people.mjs. */
export interface IdpPerson {
  sub: string;
  email: string;
  emailVerified: boolean;
  givenName: string;
  familyName: string;
  groups: string[];
}

/** Client metadata in the names of OpenID Connect Dynamic Client Registration. */
export interface OidcClient {
  client_id: string;
  /** Unless it signs with a key of its own. */
  client_secret?: string;
  jwks_uri?: string;
  redirect_uris: string[];
  token_endpoint_auth_method?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  id_token_signed_response_alg?: 'RS256' | 'ES256';
  backchannel_logout_uri?: string;
  backchannel_logout_session_required?: boolean;
  post_logout_redirect_uris?: string[];
}

/** The URL of a service provider's metadata (its entity id too), or what would stand in it. */
export type SamlServiceProvider = string | { entityId: string; acsUrl: string; certificate?: string };

interface CommonOptions {
  port?: number;
  /**
   * Unset: `localhost`, the same site as the service under test, as behind one company's domain. `127.0.0.1` makes it
   * another site, to which and from which cookies travel only as SameSite allows.
   */
  originHost?: 'localhost' | '127.0.0.1';
  stateFile?: string;
  people?: IdpPerson[];
}

/** A real OpenID Provider (npm oidc-provider) in a process of its own. */
export async function startOidcIdp({
  clients = [],
  idTokenClaims,
  people,
  ...common
}: CommonOptions & {
  clients?: OidcClient[];
  /** `none`: email and names only from userinfo. */ idTokenClaims?: 'none';
} = {}) {
  const idp = await IdpProcess.start('oidc-idp', {
    ...common,
    settings: {
      CLIENTS: JSON.stringify(clients),
      ...(idTokenClaims && { ID_TOKEN_CLAIMS: idTokenClaims }),
      ...(people && { PEOPLE: JSON.stringify(people) }),
    },
  });
  return {
    issuer: idp.url,
    /** Replaces the registered clients. */
    register: (list: OidcClient[]) => idp.configure({ clients: list }),
    stop: () => idp.stop(),
  };
}

/** A SAML identity provider that this project did not write (npm samlp), in a process of its own. */
export async function startSamlIdp({
  serviceProviders = [],
  sign,
  people,
  ...common
}: CommonOptions & {
  serviceProviders?: SamlServiceProvider[];
  sign?: 'assertion' | 'response' | 'both';
} = {}) {
  const idp = await IdpProcess.start('saml-idp', {
    ...common,
    settings: {
      SERVICE_PROVIDERS: JSON.stringify(serviceProviders),
      ...(sign && { SIGN: sign }),
      ...(people && { PEOPLE: JSON.stringify(people) }),
    },
  });
  return {
    entityId: idp.url,
    metadataUrl: idp.url,
    metadataXml: async () => (await fetch(idp.url)).text(),
    /** Replaces the service providers it answers. */
    register: (list: SamlServiceProvider[]) => idp.configure({ serviceProviders: list }),
    stop: () => idp.stop(),
  };
}

/**
 * Walks through a whole sign-in like a person with a browser: from `loginUrl` to the identity provider, there
 * chooses `email`, and back. Ends at a redirect to one of `stopAt` (the application's redirect URI), otherwise
 * on the last page.
 */
export async function driveLogin(
  browser: Browser,
  loginUrl: string,
  email: string,
  { stopAt = [] }: { stopAt?: string[] } = {},
): Promise<Page> {
  const choice = await browser.open(loginUrl, { stopAt });
  if (!choice.text.includes('Who are you today?')) return choice; // refused before it reached the provider
  return postBack(await choice.submit({ email }, { stopAt }), stopAt);
}

/** The SAML provider answers with a form that a browser submits by script (HTTP-POST binding). */
function postBack(page: Page, stopAt: string[]): Page | Promise<Page> {
  return page.text.includes('name="SAMLResponse"') ? page.submit({}, { stopAt }) : page;
}
