import { randomBytes } from 'node:crypto';
import OpenIDConnectStrategy from 'passport-openidconnect';
import type { VerifiedClaims } from '../../crypto/jwt-verifier';
import { sha256 } from '../../crypto/sha256';
import type { OidcSettings } from './oidc-settings';

/** Made anew for each sign-in, kept by us, and never seen together with the code by anybody else. */
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
 * passport-openidconnect drives the code flow; everything its safety rests on is replaced. The library knows no PKCE,
 * believes an ID token without looking at the signature and calls the token and userinfo endpoints by itself. Hence:
 * a nonce and an S256 challenge on every request, state in the database, the exchange by our own client with the
 * strict verifier behind it, and userinfo never asked here.
 *
 * One object serves one request.
 */
export class OidcStrategy extends OpenIDConnectStrategy {
  private readonly secrets: FlowSecrets = { nonce: randomToken(), codeVerifier: randomToken() };
  /** Passport runs a strategy through an object derived from it, so what happens is kept in one place. */
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
      // A hint of Google's, which fills in the domain; the claim of that name is what counts.
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
    // The library compares the issuer with one spelling only; the verifier has compared it with what it may be.
    Object.assign(this, { _issuer: claims.iss });
    return idToken;
  }

  /** Failures end the run as they are, also those of the library while it goes on: none may get lost. */
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
