import type { JwtContexts, VerifiedClaims } from '../../crypto/jwt-verifier';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import type { BrowserSignIn } from '../browser/browser-sign-in.service';
import type { SignInRequest, StartQuery } from '../browser/sign-in-requests.service';
import { Deadline } from './deadline';
import type { OidcProviderClient, OidcSettings } from './oidc-provider.client';
import type { FlowSecrets, OidcFlow } from './oidc.strategy';
import { lacksClaims, type OidcProfile, profileOf } from './protocol/profile';
import { otherSpellingsOf } from './protocol/provider-issuer';
import { type IdTokenFault, OidcRefusal } from './protocol/refusal';
import type { Verdict } from './verdict';

export interface OidcConnection extends SignInConnection {
  oidc: OidcSettings;
}

interface From {
  readonly redirectUri: string;
  readonly query?: StartQuery;
  readonly cookieHeader?: string | undefined;
}

const PROVIDER_BUDGET_MS = 4_000;

/** One way through the code flow, out or back, with what is learnt on it. */
export class OidcAttempt implements OidcFlow {
  /** On the way out: binds the browser. */
  setCookie: string | undefined;
  /** On the way back: the sign-in that was taken back. */
  request: SignInRequest | undefined;
  /** The ID token that was accepted. */
  idToken: string | undefined;
  private accessToken: string | undefined;
  private readonly deadline = new Deadline(PROVIDER_BUDGET_MS);

  constructor(
    private readonly connection: OidcConnection,
    private readonly browser: BrowserSignIn,
    private readonly provider: OidcProviderClient,
    private readonly from: From,
    private readonly verdict: Verdict,
  ) {}

  async begin(secrets: FlowSecrets): Promise<string> {
    const { id, setCookie } = await this.browser.begin(this.connection, this.from.query ?? {}, secrets);
    this.setCookie = setCookie;
    return id;
  }

  async consume(state: string): Promise<FlowSecrets> {
    const row = { id: 'state', code: 'request_unknown', expected: 'a sign-in of this browser, once' };
    this.request = await this.verdict.step(row, () =>
      this.browser.consume(this.connection, state, this.from.cookieHeader),
    );
    return this.request;
  }

  redeem(code: string, secrets: FlowSecrets): Promise<{ idToken: string; claims: VerifiedClaims }> {
    return this.deadline.race(this.redeemAndVerify(code, secrets));
  }

  /** Who the person is; asks userinfo only for what the ID token does not tell. */
  async profile(claims: VerifiedClaims): Promise<OidcProfile> {
    const { oidc, attributeMapping } = this.connection;
    const { accessToken } = this;
    if (accessToken === undefined || !oidc.userinfoEndpoint || !lacksClaims(claims, attributeMapping))
      return profileOf(claims, {}, attributeMapping);
    const row = {
      id: 'userinfo_sub',
      code: 'oidc_userinfo_subject_mismatch',
      expected: JSON.stringify(claims.sub),
    };
    const userinfo = await this.verdict.step(
      row,
      () => this.deadline.race(this.provider.userinfo(oidc, accessToken, claims.sub)),
      ({ sub }) => JSON.stringify(sub) ?? 'absent',
    );
    this.verdict.said(claims, userinfo);
    return profileOf(claims, userinfo, attributeMapping);
  }

  private async redeemAndVerify(
    code: string,
    { nonce, codeVerifier }: FlowSecrets,
  ): Promise<{ idToken: string; claims: VerifiedClaims }> {
    const { redirectUri } = this.from;
    const { oidc } = this.connection;
    const row = {
      id: 'token_exchange',
      code: 'oidc_token_request_refused',
      expected: 'an ID token in exchange for the code',
    };
    const { idToken, accessToken } = await this.verdict.step(row, () =>
      this.provider.redeem(oidc, { code, redirectUri, codeVerifier }),
    );
    this.accessToken = accessToken;
    const verdict = await this.verdict.keys(() =>
      this.provider.judge('id_token', idToken, oidc, this.expected(nonce)),
    );
    this.verdict.token(verdict);
    const { refusal, claims } = verdict;
    if (!claims) throw new OidcRefusal(`id_token_${refusal!.fault as IdTokenFault}`, refusal!.reason);
    this.idToken = idToken;
    return { idToken, claims };
  }

  /** What the ID token of this sign-in has to say. */
  private expected(nonce: string): Omit<JwtContexts['id_token'], 'keys'> {
    const { oidc } = this.connection;
    const { maxAge } = oidc;
    // Counted from when the person was sent off: time spent at the provider's pages is not held against them.
    const sentOff = this.request?.createdAt.getTime() ?? Date.now();
    return {
      issuer: oidc.issuer,
      otherIssuers: otherSpellingsOf(oidc),
      audience: oidc.clientId,
      now: new Date(),
      nonce,
      ...(this.accessToken !== undefined && { accessToken: this.accessToken }),
      ...(maxAge !== undefined && { authenticatedSince: new Date(sentOff - maxAge * 1000) }),
      ...(oidc.acrRequired && { acrValues: oidc.acrValues }),
      ...(oidc.entraTenantId !== undefined && { tenantId: oidc.entraTenantId }),
      ...(oidc.hostedDomain !== undefined && { hostedDomain: oidc.hostedDomain }),
    };
  }
}
