import type { JwtContexts, VerifiedClaims } from '../../crypto/jwt-verifier';
import type { JudgedBefore } from '../../sso-connections/rollback/connection-rollback.service';
import { earlierOidc, type SignInConnection } from '../../sso-connections/sign-in-connection';
import type { BrowserSignIn } from '../browser/browser-sign-in.service';
import type { SignInRequest, StartQuery } from '../browser/sign-in-requests.service';
import { Deadline } from './deadline';
import type { OidcProviderClient } from './oidc-provider.client';
import type { OidcSettings } from './oidc-settings';
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

/** Faults that are the person's as much as the connection's: which of the two, the settings of before can tell. */
const JUDGED_TWICE: readonly IdTokenFault[] = [
  ...(['tenant_mismatch', 'hosted_domain_mismatch'] as const),
  ...(['acr_mismatch', 'auth_time_missing', 'auth_time_too_old'] as const),
];

/** One pass of the code flow, out or back, with the data collected on it. */
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

  /** Who the person is; asks userinfo only for what the ID token does not tell. */
  async profile(claims: VerifiedClaims): Promise<OidcProfile> {
    const { oidc, attributeMapping } = this.connection;
    const { accessToken } = this;
    const { userinfoEndpoint, scopes } = oidc;
    const isSaid = !lacksClaims(claims, attributeMapping, scopes);
    if (accessToken === undefined || !userinfoEndpoint || isSaid)
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

  /** Exchanges the code at the token endpoint and verifies the ID token. */
  async redeem(
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
      this.deadline.race(this.provider.redeem(oidc, { code, redirectUri, codeVerifier })),
    );
    this.accessToken = accessToken;
    const verdict = await this.verdict.keys(() =>
      this.deadline.race(this.provider.judge('id_token', idToken, oidc, this.expected(oidc, nonce))),
    );
    this.verdict.token(verdict);
    const { refusal, claims } = verdict;
    if (!claims) {
      const fault = refusal!.fault as IdTokenFault;
      if (JUDGED_TWICE.includes(fault)) this.verdict.trace.judgedBefore = this.judgedBefore(idToken, nonce);
      throw new OidcRefusal(`id_token_${fault}`, refusal!.reason);
    }
    this.idToken = idToken;
    return { idToken, claims };
  }

  /** Whom the same ID token speaks of by earlier settings alone; undefined when they refuse it as well. */
  private judgedBefore(idToken: string, nonce: string): JudgedBefore {
    return async (snapshot) => {
      const earlier = earlierOidc(snapshot);
      if (!earlier) return undefined;
      try {
        const verdict = await new Deadline(PROVIDER_BUDGET_MS).race(
          this.provider.judge('id_token', idToken, earlier, this.expected(earlier, nonce)),
        );
        return verdict.claims && { subject: verdict.claims.sub };
      } catch (failure) {
        if (failure instanceof OidcRefusal) return undefined;
        throw failure;
      }
    };
  }

  /** What the ID token of this sign-in has to say by these settings. */
  private expected(
    oidc: NonNullable<SignInConnection['oidc']>,
    nonce: string,
  ): Omit<JwtContexts['id_token'], 'keys'> {
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
