import { randomBytes } from 'node:crypto';
import OpenIDConnectStrategy from 'passport-openidconnect';
import type { VerifiedClaims } from '../../crypto/jwt-verifier';
import { sha256 } from '../../crypto/sha256';
import type { OidcSettings } from './oidc-settings';

/** Secrets of one sign-in, stored by this service. Nobody else ever has them together with the code. */
export interface FlowSecrets {
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** The steps that the strategy leaves to its owner. */
export interface OidcFlow {
  /** Writes a sign-in down before the browser leaves; answers its id, which travels as `state`. */
  begin(secrets: FlowSecrets): Promise<string>;
  /** Takes a sign-in back, once. Throws when there is none for this state, connection and browser. */
  consume(state: string): Promise<FlowSecrets>;
  /** Exchanges the code and verifies the ID token; only a good one is answered. */
  redeem(code: string, secrets: FlowSecrets): Promise<{ idToken: string; claims: VerifiedClaims }>;
}

/** What the authentication request is made from. */
export type AuthenticationRequestSettings = Pick<
  OidcSettings,
  'issuer' | 'clientId' | 'authorizationEndpoint' | 'tokenEndpoint' | 'scopes'
> &
  Partial<Pick<OidcSettings, 'maxAge' | 'prompt' | 'acrValues' | 'hostedDomain'>>;

/** What the strategy hands over as the user. */
export interface OidcUser {
  readonly claims: VerifiedClaims;
}

interface Progress {
  restored?: FlowSecrets;
  claims?: VerifiedClaims;
  /** Ends the run; set once somebody runs the strategy. */
  fail: (error: unknown) => void;
}

type TokenCallback = (
  error: null,
  accessToken: undefined,
  refreshToken: undefined,
  answer: { id_token: string },
) => void;

/**
 * passport-openidconnect drives the code flow, but all security checks are replaced: the library has no PKCE, does not
 * verify the signature of an ID token, and calls the token and userinfo endpoints itself. Here every request carries a
 * nonce and an S256 challenge, the state is in the database, OidcProviderClient exchanges the code, the strict
 * verifier checks the ID token, and userinfo is not requested by the strategy.
 *
 * Each request needs its own instance.
 */
export class OidcStrategy extends OpenIDConnectStrategy {
  private readonly secrets: FlowSecrets = { nonce: randomToken(), codeVerifier: randomToken() };
  /**
   * Shared object, because Passport runs the strategy through an object derived from it, on which assignments would be
   * lost.
   */
  private readonly progress: Progress = { fail: () => undefined };

  constructor(
    private readonly settings: AuthenticationRequestSettings,
    callbackUrl: string,
    private readonly flow: OidcFlow,
  ) {
    const store = {
      store: (_request: unknown, _context: unknown, _state: unknown, _meta: unknown, done: StoredCallback) =>
        this.settle(this.flow.begin(this.secrets), (id) => done(null, id)),
      verify: (_request: unknown, state: string, done: RestoredCallback) =>
        this.settle(this.flow.consume(state), (restored) => {
          this.progress.restored = restored;
          done(null, { nonce: restored.nonce });
        }),
    };
    super(
      {
        issuer: settings.issuer,
        authorizationURL: settings.authorizationEndpoint,
        tokenURL: settings.tokenEndpoint,
        clientID: settings.clientId,
        callbackURL: callbackUrl,
        scope: furtherScopes(settings),
        // It has no use for these two, since it calls no endpoint.
        clientSecret: '',
        userInfoURL: '',
        skipUserProfile: true,
        store,
      },
      // Exactly three parameters: the library counts them to decide what to hand over.
      (_issuer: string, _profile: unknown, done: OpenIDConnectStrategy.VerifyCallback) =>
        done(null, this.progress.claims && ({ claims: this.progress.claims } satisfies OidcUser)),
    );
    const exchange = (code: string, _parameters: unknown, done: TokenCallback) =>
      this.settle(this.redeem(code), (idToken) => done(null, undefined, undefined, { id_token: idToken }));
    Object.assign(this._oauth2, { getOAuthAccessToken: exchange });
  }

  override authenticate(
    request: Parameters<OpenIDConnectStrategy['authenticate']>[0],
    options?: OpenIDConnectStrategy.AuthenticateOptions,
  ): void {
    this.progress.fail = (error) => this.error(error as Error);
    super.authenticate(request, options);
  }

  /** RFC 7636 section 4.3, OpenID Connect Core section 3.1.2.1. */
  override authorizationParams(): object {
    const { maxAge, prompt, acrValues = [], hostedDomain } = this.settings;
    return {
      ...(maxAge !== undefined && { max_age: String(maxAge) }),
      ...(prompt !== undefined && { prompt }),
      ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
      // Google's `hd` parameter only preselects the domain; the `hd` claim of the ID token is what is checked.
      ...(hostedDomain !== undefined && { hd: hostedDomain }),
      nonce: this.secrets.nonce,
      code_challenge: sha256(this.secrets.codeVerifier).toString('base64url'),
      code_challenge_method: 'S256',
    };
  }

  private async redeem(code: string): Promise<string> {
    const { restored } = this.progress;
    if (!restored) throw new Error('A code is exchanged only after its sign-in was taken back.');
    const { idToken, claims } = await this.flow.redeem(code, restored);
    this.progress.claims = claims;
    // The library accepts one spelling of the issuer only; the verifier has already checked all accepted ones.
    Object.assign(this, { _issuer: claims.iss });
    return idToken;
  }

  /** Passes every failure to `fail`, including exceptions of the library in `goOn`. */
  private settle<T>(work: Promise<T>, goOn: (result: T) => void): void {
    work.then(goOn).catch((error: unknown) => this.progress.fail(error));
  }
}

type StoredCallback = OpenIDConnectStrategy.SessionStoreCallback;
type RestoredCallback = OpenIDConnectStrategy.SessionVerifyCallback;

/** The library adds openid by itself, and a blank after it for an empty list. */
function furtherScopes({ scopes }: Pick<OidcSettings, 'scopes'>): string[] | undefined {
  const further = scopes.filter((scope) => scope !== 'openid');
  return further.length > 0 ? further : undefined;
}

function randomToken(): string {
  return randomBytes(32).toString('base64url');
}
