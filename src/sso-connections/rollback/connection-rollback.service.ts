import { Injectable } from '@nestjs/common';
import { sha256 } from '../../crypto/sha256';
import { Database } from '../../database/database';
import { AdminMail } from '../../mail/admin-mail';
import { ConnectionAdmin } from '../connection-admin.service';
import { diagnosisOf } from '../diagnosis/diagnosis-of';
import { ConnectionRevisions } from '../revisions/connection-revisions.service';
import { signsInAlike } from '../revisions/demands';
import { bySystem } from '../revisions/revision-author';
import type { Snapshot } from '../revisions/snapshot';
import { keptOut, type Returning, takenBack } from './rollback-notices';

/** A failed sign-in that the latest change may have caused. It was started in the browser that came back. */
export interface Suspicion {
  readonly connectionId: string;
  readonly workspaceId: string;
  /** The revision that refused it. */
  readonly revision: number;
  readonly attemptId: string;
  readonly code: string;
  readonly address: string | undefined;
}

/**
 * Judges the refused response by the earlier settings; returns its subject when they accept it. Omitted when the
 * response cannot be judged again, for example a code that has been used.
 */
export type JudgedBefore = (earlier: Snapshot) => Promise<{ readonly subject: string } | undefined>;

const FAILURES = 5;
const WITNESSES = 3;
const WATCHED = '30 minutes';

/** The last settings that somebody signed in with or that passed a test, and what a rollback would restore of them. */
interface Good extends Returning {
  readonly asItWas: Snapshot;
}

/** A failure that counts: a hash of the person or address, and whether a demand of the change caused it. */
interface Witnessed {
  readonly witness: Buffer;
  readonly byDemand: boolean;
}

/**
 * Brings the last good settings of a connection back by itself when people fail by a change: at least five failures
 * by at least three of them within half an hour of the change, and nobody who came in by it.
 *
 * Anybody can begin a sign-in and post garbage, so a failure alone says nothing. What counts:
 * - The sign-in was begun in the browser that came back, and counts once.
 * - Its code is one that wrong settings cause (`suspectsChange`).
 * - A SAML answer must be acceptable in full by the last good settings: signed by the identity provider that was
 *   trusted until now, for this very request. Garbage is not; a stranger has nobody to sign for him. Nor is an error
 *   of the provider (a status that is no success), signed or not: whoever gives up at its sign-in page, or changes a
 *   request that is not signed, has it answer so. It names nobody, either. Witnesses are the
 *   subjects it vouches for, so one account counts once however many browsers it uses.
 * - OpenID Connect: the code is the provider's own word about our client, its keys or its tokens, heard by us over
 *   TLS. A stranger may make us ask, not make it answer so. Witnesses are the addresses people came from. What an ID
 *   token is refused for that may be the person's fault as well (tenant, organisation) is judged by the last good
 *   settings, as a SAML answer is, and its witnesses are subjects.
 *
 * Settings that passed a test or let anybody in are good themselves, and never taken back. An outage of the provider
 * (`idp_unreachable`) is nobody's change.
 *
 * What a change demands beyond the last good settings stays in force also before a test (`asStrictAs`): a second
 * factor, a recent sign-in. So does trust that was taken away on purpose: a certificate that went while another one
 * stayed, in whichever of the changes since (`withdrawnSince`). What only its key has signed is no failure that counts,
 * for the settings that would return refuse it as well. A certificate that was replaced together with all others may
 * be the victim of a wrong one and does return; whoever replaces a stolen key adds the new one first and takes the old
 * one away then, or tests. The mail says which certificates are trusted again.
 *
 * People who cannot fulfil a demand are no reason to ask less. When as many of them as would bring settings back fail by
 * nothing else, the admins are told, once for each change.
 */
@Injectable()
export class ConnectionRollback {
  constructor(
    private readonly database: Database,
    private readonly admin: ConnectionAdmin,
    private readonly revisions: ConnectionRevisions,
    private readonly mail: AdminMail,
  ) {}

  /** Counts a failure, outside a transaction. Returns whether it caused a rollback. */
  async consider(suspicion: Suspicion, judgedBefore: JudgedBefore | undefined): Promise<boolean> {
    const { workspaceId } = suspicion;
    const good = await this.database.inWorkspace(workspaceId, () => this.lastGood(suspicion));
    const witnessed = good && (await witnessedBy(suspicion, judgedBefore, good));
    if (!witnessed) return false;
    return this.database.inWorkspace(workspaceId, () => this.count(suspicion, witnessed, good));
  }

  /** The settings to go back to; undefined when the current ones are good themselves, or changed too long ago. */
  private async lastGood({ connectionId, revision }: Suspicion): Promise<Good | undefined> {
    const [found] = await this.database.query<{ number: number; snapshot: Snapshot; live: Snapshot }>(
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
    const { number, snapshot: asItWas, live } = found;
    const { snapshot, kept } = await this.revisions.asStrictAsNow(connectionId, live, number, asItWas);
    return { number, live, asItWas, asItReturns: snapshot, kept };
  }

  private async count(suspicion: Suspicion, { witness, byDemand }: Witnessed, good: Good): Promise<boolean> {
    const { connectionId, revision, attemptId } = suspicion;
    // Locks the connection, so that failures are counted one after the other over all instances and exactly one
    // triggers the rollback.
    await this.database.query('select 1 from sso_connections where id = $1 for no key update', [
      connectionId,
    ]);
    await this.database.query('update login_attempts set witness = $2, by_demand = $3 where id = $1', [
      ...[attemptId, witness, byDemand],
    ]);
    const [seen] = await this.database.query<{ failures: number; witnesses: number }>(
      `select count(*)::int as failures, count(distinct witness)::int as witnesses from login_attempts
        where connection_id = $1 and revision = $2 and witness is not null and by_demand = $3`,
      [connectionId, revision, byDemand],
    );
    if (!seen || seen.failures < FAILURES || seen.witnesses < WITNESSES) return false;
    const still = await this.lastGood(suspicion);
    if (still?.number !== good.number) return false;
    if (byDemand) {
      await this.mail.send(keptOut(suspicion, still));
      return false;
    }
    const { connection } = await this.admin.restore(connectionId, good.number, bySystem('rollback'));
    await this.mail.send(takenBack(suspicion, still, connection.revision));
    return true;
  }
}

/**
 * Whether a failure counts against the change; undefined when it does not. If the settings that would be restored
 * accept the response, and the code suggests a change, it counts towards a rollback. If only the good settings without
 * the current demands accept it, a demand is the cause.
 */
async function witnessedBy(
  { connectionId, code, address }: Suspicion,
  judgedBefore: JudgedBefore | undefined,
  { live, asItWas, asItReturns, kept }: Good,
): Promise<Witnessed | undefined> {
  const witness = (whose: string) => sha256(`${connectionId}|${whose}`);
  const mayReturn = diagnosisOf(code).suspectsChange === true && !signsInAlike(asItReturns, live);
  if (!judgedBefore)
    return mayReturn ? { witness: witness(`address|${address ?? ''}`), byDemand: false } : undefined;
  if (!mayReturn && kept.length === 0) return undefined;
  const vouched = await judgedBefore(asItReturns);
  if (vouched)
    return mayReturn ? { witness: witness(`subject|${vouched.subject}`), byDemand: false } : undefined;
  const before = kept.length > 0 ? await judgedBefore(asItWas) : undefined;
  return before && { witness: witness(`subject|${before.subject}`), byDemand: true };
}
