import type { VerifiedClaims } from '../../crypto/jwt-verifier';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import type { BrowserSignIn } from '../browser/browser-sign-in.service';
import type { SignInRequest, StartQuery } from '../browser/sign-in-requests.service';
import { Deadline } from './deadline';
import type { OidcProviderClient, OidcSettings } from './oidc-provider.client';
import type { FlowSecrets, OidcFlow } from './oidc.strategy';
import { lacksEmail, type OidcProfile, profileOf } from './protocol/profile';

export interface OidcConnection extends SignInConnection {
  oidc: OidcSettings;
}

const PROVIDER_BUDGET_MS = 4_000;

/** One way through the code flow, out or back, with what is learnt on it. */
export class OidcAttempt implements OidcFlow {
  /** On the way out: binds the browser. */
  setCookie: string | undefined;
  /** On the way back: the sign-in that was taken back. */
  request: SignInRequest | undefined;
  private accessToken: string | undefined;
  private readonly deadline = new Deadline(PROVIDER_BUDGET_MS);

  constructor(
    private readonly connection: OidcConnection,
    private readonly browser: BrowserSignIn,
    private readonly provider: OidcProviderClient,
    private readonly from: { redirectUri: string; query?: StartQuery; cookieHeader?: string },
  ) {}

  async begin(secrets: FlowSecrets): Promise<string> {
    const { id, setCookie } = await this.browser.begin(this.connection, this.from.query ?? {}, secrets);
    this.setCookie = setCookie;
    return id;
  }

  async consume(state: string): Promise<FlowSecrets> {
    this.request = await this.browser.consume(this.connection, state, this.from.cookieHeader);
    return this.request;
  }

  redeem(code: string, secrets: FlowSecrets): Promise<{ idToken: string; claims: VerifiedClaims }> {
    return this.deadline.race(this.redeemAndVerify(code, secrets));
  }

  /** Who the person is; asks userinfo only when the ID token does not tell the address. */
  async profile(claims: VerifiedClaims): Promise<OidcProfile> {
    const { oidc, attributeMapping } = this.connection;
    const userinfo =
      this.accessToken !== undefined && lacksEmail(claims, attributeMapping)
        ? await this.deadline.race(this.provider.userinfo(oidc, this.accessToken, claims.sub))
        : {};
    return profileOf(claims, userinfo, attributeMapping);
  }

  private async redeemAndVerify(
    code: string,
    { nonce, codeVerifier }: FlowSecrets,
  ): Promise<{ idToken: string; claims: VerifiedClaims }> {
    const { redirectUri } = this.from;
    const { oidc } = this.connection;
    const { idToken, accessToken } = await this.provider.redeem(oidc, { code, redirectUri, codeVerifier });
    this.accessToken = accessToken;
    return { idToken, claims: await this.provider.verify(oidc, idToken, nonce, new Date()) };
  }
}
