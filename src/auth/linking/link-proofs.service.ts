import { Injectable } from '@nestjs/common';
import { cookieValue } from '../../access/authenticator';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { issueCredential, type PresentedCredential, readCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { BadRequest, Conflict, Problem } from '../../http/problems';
import { setCookie } from '../browser/cookies';
import type { FederatedLogin, SigningConnection } from '../browser/federated-login';
import { AccountConflicts } from './account-conflicts.service';
import { IdentityLinks, type LinkedBy } from '../identities/identity-links.service';

/** Where somebody proves an account. */
export const LINK_PAGE = '/sso/link';

const LIFETIME_SECONDS = 600;

/** Where a sign-in was going when it stopped. */
export interface ReturnAddress {
  readonly redirectUri: string | null;
  readonly appState: string | null;
  readonly codeChallenge: string | null;
  /** How many seconds ago, at most, the provider had to have asked who it is. */
  readonly maxAge: number | null;
}

/** A chance that is still open. */
export interface OpenProof extends ReturnAddress {
  readonly id: string;
  readonly workspaceId: string;
  readonly hash: Buffer;
  readonly connectionId: string;
  readonly connectionType: 'saml' | 'oidc';
  readonly connectionName: string;
  readonly issuer: string;
  readonly subject: string;
  readonly memberId: string;
  readonly memberEmail: string;
  readonly userId: string;
  /** By which the person signs in; what the workspace calls the member may differ. */
  readonly accountEmail: string;
  readonly passwordHash: string | null;
  readonly conflictId: string;
}

/** The address is a member's, and the provider cannot speak for it: shown to the person, who can prove the account. */
export class AccountConflict extends Problem {
  override readonly name = 'AccountConflict';

  constructor(reason: string, cookie?: string) {
    super(
      403,
      'account_conflict',
      'Somebody in this workspace has your address already. If that is you, prove it; or wait until an admin decides.',
      {
        reason,
        ...(cookie && {
          headers: { 'set-cookie': cookie },
          next: { href: LINK_PAGE, label: 'This is my account: prove it' },
        }),
      },
    );
  }
}

const OPEN = `
  select p.id, p.workspace_id as "workspaceId", p.connection_id as "connectionId", c.type as "connectionType",
         c.name as "connectionName", p.issuer, p.subject, p.member_id as "memberId", m.email as "memberEmail",
         m.user_id as "userId", u.email as "accountEmail", u.password_hash as "passwordHash",
         p.conflict_id as "conflictId",
         p.redirect_uri as "redirectUri", p.app_state as "appState", p.code_challenge as "codeChallenge",
         p.max_age as "maxAge",
         p.consumed_at is not null as used, p.expires_at <= now() as expired
    from link_proofs p
    join sso_connections c on c.id = p.connection_id
    join members m on m.id = p.member_id
    join users u on u.id = m.user_id
   where p.id = $1 and p.browser_hash = $2 and m.removed_at is null`;

/**
 * The chance to prove that a member's account is one's own, in the browser that came back from the provider: for that
 * account at the provider and that member only, once, for ten minutes.
 */
@Injectable()
export class LinkProofs {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly conflicts: AccountConflicts,
    private readonly links: IdentityLinks,
    private readonly trail: AuditTrail,
  ) {}

  /** Opens the conflict and the chance to end it. In the transaction of the workspace; answers what to throw after it. */
  async offer(offer: {
    connection: SigningConnection;
    login: FederatedLogin;
    email: string;
    memberId: string;
    request: ReturnAddress;
  }): Promise<AccountConflict> {
    const { connection, login, email, memberId, request } = offer;
    const { issuer, subject, displayName } = login;
    const conflict = { connectionId: connection.id, issuer, subject, email, displayName, memberId };
    const conflictId = await this.conflicts.open(conflict);
    const id = uuidV7();
    const { text, hash } = issueCredential('ghl', connection.workspaceId, id);
    await this.database.query(
      `insert into link_proofs (id, connection_id, issuer, subject, member_id, conflict_id, browser_hash, redirect_uri,
                                app_state, code_challenge, max_age, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12))`,
      [
        id,
        connection.id,
        issuer,
        subject,
        memberId,
        conflictId,
        hash,
        request.redirectUri,
        request.appState,
        request.codeChallenge,
        request.maxAge,
        LIFETIME_SECONDS,
      ],
    );
    return new AccountConflict(`${email} is a member whom the provider may not speak for`, this.cookie(text));
  }

  /** The chance this browser has. Throws 400 `link_unknown`, `link_expired`, 409 `link_used`. */
  async find(cookieHeader: string | undefined): Promise<OpenProof> {
    const presented = this.presentedBy(cookieHeader);
    return this.database.inWorkspace(presented.workspaceId, async () => {
      const [proof] = await this.database.query<OpenProof & { used: boolean; expired: boolean }>(OPEN, [
        presented.id,
        presented.hash,
      ]);
      if (!proof) throw unknown();
      if (proof.used) throw used();
      if (proof.expired) {
        throw new BadRequest('link_expired', 'This took too long. Sign in through your company again.');
      }
      return { ...proof, hash: presented.hash };
    });
  }

  /** Takes the chance, of many at once one, and links. Throws 409 `link_used`, `identity_linked`. */
  async redeem(proof: OpenProof, how: LinkedBy): Promise<void> {
    await this.database.inWorkspace(proof.workspaceId, async () => {
      const [taken] = await this.database.query(
        `update link_proofs p set consumed_at = now()
          where p.id = $1 and p.browser_hash = $2 and p.consumed_at is null and p.expires_at > now()
            and exists (select from members m where m.id = p.member_id and m.removed_at is null)
          returning p.id`,
        [proof.id, proof.hash],
      );
      if (!taken) throw used();
      const actor = { type: 'user', id: proof.userId, email: proof.memberEmail } as const;
      const linked = await this.links.link(proof, proof.memberId, how, actor);
      if (linked === 'elsewhere') {
        throw new Conflict(
          'identity_linked',
          'This account of your company belongs to another member by now.',
        );
      }
      if (linked === 'already') this.trail.nothingChanged();
      await this.conflicts.close(proof.conflictId, 'proved', proof.memberId);
    });
  }

  /** Takes the chance away from the browser. */
  released(): string {
    return this.cookie('');
  }

  private presentedBy(cookieHeader: string | undefined): PresentedCredential {
    const presented = readCredential('ghl', cookieValue(cookieHeader, this.cookieName) ?? '');
    if (!presented) throw unknown();
    return presented;
  }

  private cookie(text: string): string {
    const maxAgeSeconds = text === '' ? 0 : LIFETIME_SECONDS;
    return setCookie(this.cookieName, text, {
      secure: this.config.secureOrigin,
      sameSite: 'Lax',
      maxAgeSeconds,
    });
  }

  private get cookieName(): string {
    return `${this.config.secureOrigin ? '__Host-' : ''}gatehouse_link`;
  }
}

const unknown = (): BadRequest =>
  new BadRequest(
    'link_unknown',
    'There is no account to prove in this browser. Sign in through your company.',
  );

const used = (): Conflict =>
  new Conflict('link_used', 'This was done a moment ago. Sign in through your company again.');
