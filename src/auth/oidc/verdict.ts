import { Problem } from '../../http/problems';
import type { Check } from '../../sso-connections/diagnosis/check';
import type { SignInTrace } from '../browser/browser-sign-in.service';
import type { KeyedVerdict } from './oidc-provider.client';
import {
  type AuthorizationResponse,
  type ExpectedProvider,
  readCallback,
  readResponseIssuer,
} from './protocol/callback';
import type { OidcProfile } from './protocol/profile';
import { issuerOf } from './protocol/provider-issuer';
import type { OidcRefusal } from './protocol/refusal';
import { attributesOf, statementOf } from './protocol/statement';

type Row = Pick<Check, 'id' | 'code' | 'expected'>;

const KEYS_ROW: Row = { id: 'keys', code: 'oidc_keys_invalid', expected: 'the keys of the provider' };

const rereadInWords = ({ because, done }: NonNullable<KeyedVerdict<'id_token'>['keysReread']>): string =>
  done
    ? `fetched again, because by those known before ${because}`
    : `not fetched again, because that was done less than half a minute ago, although ${because}`;

/** The checks of one sign-in, in order, stored in its trace. */
export class Verdict {
  private readonly checks: Check[] = [];

  constructor(readonly trace: SignInTrace) {
    trace.checks = this.checks;
  }

  /** Runs one check and records the result; rethrows its refusal. */
  async step<T>(row: Row, work: () => T | Promise<T>, received?: (result: T) => string): Promise<T> {
    try {
      const result = await work();
      this.checks.push({ ...row, ok: true, received: received?.(result) ?? null });
      return result;
    } catch (error) {
      if (error instanceof Problem) {
        const { code, detail, extra } = error;
        this.checks.push({ ...row, code, ok: false, received: extra.reason ?? detail });
      }
      throw error;
    }
  }

  /** Checks the authorization response: first its issuer, then its content. */
  async answer(provider: ExpectedProvider, query: unknown): Promise<AuthorizationResponse> {
    const issuer = {
      id: 'response_issuer',
      code: 'oidc_response_issuer_mismatch',
      expected: provider.issParameterSupported ? issuerOf(provider) : `${issuerOf(provider)} or absent`,
    };
    await this.step(
      issuer,
      () => readResponseIssuer(query, provider),
      (iss) => iss ?? 'absent',
    );
    const row = {
      id: 'response',
      code: 'oidc_response_invalid',
      expected: 'a state, and a code or an error',
    };
    return this.step(row, () => readCallback(query, provider));
  }

  /** The provider said no. */
  refuse(error: OidcRefusal): Promise<never> {
    const row = { id: 'provider_answer', code: error.code, expected: 'a code' };
    return this.step(row, () => Promise.reject(error));
  }

  /** A step that shows up only when it fails: keys that are known or can be had are not worth a row. */
  async keys<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      return this.step(KEYS_ROW, () => Promise.reject(error as Error));
    }
  }

  /** All checks of an ID token; what a good signature vouches for is kept as the statement. */
  token({ findings, signed, keysReread }: KeyedVerdict<'id_token'>): void {
    if (keysReread) this.checks.push({ ...KEYS_ROW, ok: true, received: rereadInWords(keysReread) });
    for (const { id, fault, ok, received, expected } of findings)
      this.checks.push({ id, code: `id_token_${fault}`, ok, received, expected });
    if (signed) this.said(signed);
  }

  said(idToken: Readonly<Record<string, unknown>>, userinfo: Readonly<Record<string, unknown>> = {}): void {
    this.trace.statement = statementOf(idToken, userinfo);
    this.trace.attributes = attributesOf(idToken, userinfo);
    if (typeof idToken.sub === 'string') this.trace.subject = idToken.sub;
  }

  /** The sign-in ended because there was no address. */
  addressNeeded(): void {
    const at = this.checks.findIndex(({ id }) => id === 'email');
    const row = this.checks[at];
    if (row) this.checks[at] = { ...row, ok: false };
  }

  /** What was made of address and groups. */
  profile({ email, emailFault, groups, groupsOverage, groupsFault }: OidcProfile): void {
    this.checks.push(
      {
        id: 'email',
        code: emailFault ? `oidc_email_${emailFault}` : 'email_missing',
        ok: true,
        received: email ?? (emailFault ? `left out: ${emailFault}` : 'absent'),
        expected: 'for somebody new, an address that the provider does not call unverified',
      },
      {
        id: 'groups',
        code: 'oidc_too_many_groups',
        ok: true,
        received: groupsOverage
          ? 'too many to be sent: roles stay as they were'
          : groupsFault
            ? 'left out: neither a text nor a list of texts'
            : groups
              ? JSON.stringify(groups).slice(0, 1000)
              : 'absent',
        expected: 'a text or a list of texts, where roles depend on groups',
      },
    );
  }
}
