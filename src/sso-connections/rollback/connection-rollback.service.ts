import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { AdminMail } from '../../mail/admin-mail';
import { ConnectionAdmin } from '../connection-admin.service';
import { diagnosisOf } from '../diagnosis/diagnosis-of';
import { asStrictAs, signsInAlike } from '../revisions/demands';
import { bySystem } from '../revisions/revision-author';
import type { Snapshot } from '../revisions/snapshot';

/** A failure that may be the fault of the latest change: the sign-in was begun in the browser that came back. */
export interface Suspicion {
  readonly connectionId: string;
  readonly workspaceId: string;
  /** The settings that refused it. */
  readonly revision: number;
  readonly attemptId: string;
  readonly code: string;
  readonly address: string | undefined;
}

/**
 * Asks whether the refused answer would have been accepted by the earlier settings; answers whom it speaks of.
 * Undefined: the answer cannot be judged again, as a code that is spent.
 */
export type JudgedBefore = (earlier: Snapshot) => Promise<{ readonly subject: string } | undefined>;

const FAILURES = 5;
const WITNESSES = 3;
const WATCHED = '30 minutes';

interface Good {
  readonly number: number;
  /** What would be in force after the return. */
  readonly snapshot: Snapshot;
}

/**
 * Brings the last good settings of a connection back by itself when people fail by a change: at least five failures
 * by at least three of them within half an hour of the change, and nobody who came in by it.
 *
 * Anybody can begin a sign-in and post garbage, so a failure alone says nothing. What counts:
 * - The sign-in was begun in the browser that came back, and counts once.
 * - Its code is one that wrong settings cause (`suspectsChange`).
 * - A SAML answer must be acceptable in full by the last good settings: signed by the identity provider that was
 *   trusted until now, for this very request. Garbage is not; a stranger has nobody to sign for him. Witnesses are the
 *   subjects it vouches for, so one account counts once however many browsers it uses.
 * - OpenID Connect: the code is the provider's own word about our client, its keys or its tokens, heard by us over
 *   TLS. A stranger may make us ask, not make it answer so. Witnesses are the addresses people came from. What an ID
 *   token is refused for that may be the person's fault as well (tenant, organisation) is judged by the last good
 *   settings, as a SAML answer is, and its witnesses are subjects.
 *
 * Settings that passed a test or let anybody in are good themselves, and never taken back: whoever takes trust away
 * from a stolen key tests the new settings, and no answer by the old key brings it back. An outage of the provider
 * (`idp_unreachable`) is nobody's change.
 *
 * What a change demands beyond the last good settings stays in force also before a test (`asStrictAs`): certificates
 * that were taken away, a second factor, a recent sign-in. People who cannot fulfil it are no reason to ask less; a
 * change that did nothing else is not taken back at all.
 */
@Injectable()
export class ConnectionRollback {
  constructor(
    private readonly database: Database,
    private readonly admin: ConnectionAdmin,
    private readonly mail: AdminMail,
  ) {}

  /** Takes note of a failure, outside a transaction. Answers whether the last good settings came back by it. */
  async consider(suspicion: Suspicion, judgedBefore: JudgedBefore | undefined): Promise<boolean> {
    const { code, workspaceId } = suspicion;
    if (!diagnosisOf(code).suspectsChange) return false;
    const good = await this.database.inWorkspace(workspaceId, () => this.lastGood(suspicion));
    if (!good) return false;
    const vouched = judgedBefore && (await judgedBefore(good.snapshot));
    if (judgedBefore && !vouched) return false;
    const whose = vouched ? `subject|${vouched.subject}` : `address|${suspicion.address ?? ''}`;
    const witness = createHash('sha256').update(`${suspicion.connectionId}|${whose}`).digest();
    return this.database.inWorkspace(workspaceId, () => this.count(suspicion, witness, good.number));
  }

  /** What there is to go back to; undefined when the settings in force are good themselves or no longer watched. */
  private async lastGood({ connectionId, revision }: Suspicion): Promise<Good | undefined> {
    const [found] = await this.database.query<Good & { readonly live: Snapshot }>(
      `select g.number, g.snapshot, live.snapshot as live
         from sso_connections c
         join connection_revisions live on live.connection_id = c.id and live.number = c.revision
         join connection_revisions g on g.connection_id = c.id and g.number < c.revision
        where c.id = $1 and c.status = 'active' and c.revision = $2
          and live.tested_at is null and live.proven_at is null and live.created_at > now() - interval '${WATCHED}'
          and (g.tested_at is not null or g.proven_at is not null)
        order by g.number desc limit 1`,
      [connectionId, revision],
    );
    if (!found) return undefined;
    const snapshot = asStrictAs(found.live, found.snapshot);
    return signsInAlike(snapshot, found.live) ? undefined : { number: found.number, snapshot };
  }

  private async count(
    { connectionId, revision, attemptId, ...rest }: Suspicion,
    witness: Buffer,
    good: number,
  ) {
    // Failures take turns from here on, over all instances: exactly one of them finds that it is enough.
    await this.database.query('select 1 from sso_connections where id = $1 for no key update', [
      connectionId,
    ]);
    await this.database.query('update login_attempts set witness = $2 where id = $1', [attemptId, witness]);
    const [seen] = await this.database.query<{ failures: number; witnesses: number }>(
      `select count(*)::int as failures, count(distinct witness)::int as witnesses from login_attempts
        where connection_id = $1 and revision = $2 and witness is not null`,
      [connectionId, revision],
    );
    if (!seen || seen.failures < FAILURES || seen.witnesses < WITNESSES) return false;
    const still = await this.lastGood({ connectionId, revision, attemptId, ...rest });
    if (still?.number !== good) return false;
    const { connection } = await this.admin.restore(connectionId, good, bySystem('rollback'));
    await this.tell(connection, revision, good, rest.code);
    return true;
  }

  private async tell(
    { id, name, revision }: { id: string; name: string; revision: number },
    failed: number,
    good: number,
    code: string,
  ): Promise<void> {
    await this.mail.send({
      subject: `The latest change of ${name} was taken back`,
      paragraphs: [
        `After the change that made revision ${failed} of the connection ${name}, people could not sign in any more, and nobody could. The settings of revision ${good} are in force again, as revision ${revision}. What was demanded of sign-ins since then still is.`,
        `${diagnosisOf(code).title} (${code}). ${diagnosisOf(code).hint.replace(/\{\w+\}/g, 'our address')}`,
        'Make the change again when the cause is found, and test it before people need it: what has passed a test is not taken back.',
      ],
      key: `rolled_back|${id}|${failed}`,
    });
  }
}
