import { randomUUID } from 'node:crypto';
import type { AuditRow, TestApp, TestWorkspace } from './app';
import { headerOf, signedToken, type TestKey } from './oidc-tokens';

export type Claims = Record<string, unknown>;

export const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

export const seconds = (): number => Math.floor(Date.now() / 1000);

/** For a sign-in that follows a revocation: of the same second, nobody knows which was first. */
export const afterwards = (): number => seconds() + 1;

/** Somebody's way in, that may be closed from outside. */
export type Door = () => Promise<boolean>;

/** A connection that hears of revocations, as its identity provider sees it. */
export class Listener {
  constructor(
    readonly app: TestApp,
    readonly workspace: TestWorkspace,
    readonly protocol: 'oidc' | 'saml',
    readonly connectionId: string,
  ) {}

  get revocationUrl(): string {
    return `${this.app.config.publicUrl}/sso/${this.protocol}/${this.connectionId}/global-token-revocation`;
  }

  get eventsUrl(): string {
    return `${this.app.config.publicUrl}/sso/${this.protocol}/${this.connectionId}/events`;
  }

  set(signals: object, expected = 200): Promise<{ body: Record<string, unknown> }> {
    const admin = this.app.http(this.workspace.admin.accessToken);
    return admin.put(`/v1/sso/connections/${this.connectionId}/signals`).send(signals).expect(expected);
  }

  /** What Okta sends, but for the changes. */
  revocation(issuer: string, subject: string, changes: Claims = {}): Claims {
    const now = seconds();
    return {
      ...{ iss: issuer, sub: subject, aud: this.revocationUrl, jti: randomUUID() },
      ...{ iat: now, nbf: now - 300, exp: now + 300 },
      ...changes,
    };
  }

  revoke(
    token: string | undefined,
    subId: unknown,
    app = this.app,
  ): ReturnType<ReturnType<TestApp['http']>['post']> {
    const call = app.http().post(new URL(this.revocationUrl).pathname);
    if (token !== undefined) void call.set('authorization', `Bearer ${token}`);
    return call.send({ sub_id: subId });
  }

  /** A security event as it should be, but for the changes. */
  event(issuer: string, subject: unknown, changes: Claims = {}, about: Claims = {}): Claims {
    return {
      ...{ iss: issuer, aud: this.eventsUrl, jti: randomUUID(), iat: seconds(), sub_id: subject },
      events: { [SESSION_REVOKED]: { event_timestamp: seconds(), ...about } },
      ...changes,
    };
  }

  push(
    token: string,
    { authorization, type = 'application/secevent+jwt' }: { authorization?: string; type?: string } = {},
  ): ReturnType<ReturnType<TestApp['http']>['post']> {
    const call = this.app.http().post(new URL(this.eventsUrl).pathname).set('content-type', type);
    if (authorization !== undefined) void call.set('authorization', authorization);
    return call.send(token);
  }

  /** The latest event of the audit trail about a revocation. */
  async heard(type = 'sso.revocation_received'): Promise<AuditRow | undefined> {
    return (await this.app.auditEvents(this.workspace.id, type)).at(-1);
  }
}

export const revocationToken = (key: TestKey, claims: Claims, header: Claims = {}): string =>
  signedToken(key, claims, headerOf(key, { typ: 'global-token-revocation+jwt', ...header }));

export const eventToken = (key: TestKey, claims: Claims, header: Claims = {}): string =>
  signedToken(key, claims, headerOf(key, { typ: 'secevent+jwt', ...header }));

/** The door behind a code that a sign-in ended with, and the refresh token that came along. */
export async function enter(app: TestApp, code: string | null): Promise<Door & { refresh: string }> {
  const { body } = await app.http().post('/v1/auth/token').send({ code }).expect(200);
  const { accessToken, refreshToken } = body as { accessToken: string; refreshToken: string };
  const door = async () => (await app.http(accessToken).get('/v1/auth/me')).status === 200;
  return Object.assign(door, { refresh: refreshToken });
}
