import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { type PresentedCredential, sameHash } from '../crypto/credential';
import { Database } from '../database/database';
import { prepared } from '../database/statement';
import { RevocationLatency } from '../operations/revocation-latency';
import { isAllowedAddress } from './ip-ranges';

/** Why a key is refused; for the audit log alone. */
type Reason = 'wrong_secret' | 'revoked' | 'expired' | 'network_not_allowed';

interface KnownKey {
  readonly name: string;
  readonly secret_hash: Buffer;
  readonly allowed_ips: string[];
  readonly revoked: boolean;
  readonly revoked_at: Date | null;
  readonly expired: boolean;
}

const LOOK = prepared(
  'look_at_refused_key',
  `select name, secret_hash, allowed_ips, revoked_at is not null as revoked, revoked_at,
          coalesce(expires_at <= now(), false) as expired
     from api_keys where id = $1`,
);

/** Milliseconds that every refusal takes at least, so that the response time does not reveal the reason. */
const PAUSE_MS = 20;
/** A program with an expired key may retry for weeks: the log gets one entry per minute. */
const NOTED_EVERY_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Records refused keys. The response and its time are the same for a wrong, expired or revoked key and for one used
 * from a forbidden network; the reason is in the audit log of the workspace.
 */
@Injectable()
export class RefusedApiKeys implements BeforeApplicationShutdown {
  private readonly log = new Logger('ApiKeys');
  private readonly noted = new Map<string, { at: number; more: number }>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly latency: RevocationLatency,
  ) {}

  /** Ends when the refusal may be answered. `presented` is undefined for a text that is no key at all. */
  async settle(presented: PresentedCredential | undefined, ip: string): Promise<void> {
    const pause = sleep(PAUSE_MS);
    if (presented) {
      const [key] = await this.database.onceInWorkspace<KnownKey>(presented.workspaceId, LOOK, [
        presented.id,
      ]);
      const reason = key && reasonOf(key, presented, ip);
      if (reason) this.note(presented, key.name, reason, ip);
      if (key && reason === 'revoked') this.latency.observe('api_key', presented.id, key.revoked_at!);
    }
    await pause;
  }

  /** What is being written comes to its end. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /**
   * A wrong secret is counted per key and not per IP address: key ids are not secret, so somebody guessing from many
   * addresses could fill the log.
   */
  private note({ workspaceId, id }: PresentedCredential, name: string, reason: Reason, ip: string): void {
    const what = reason === 'wrong_secret' ? `${id} ${reason}` : `${id} ${reason} ${ip}`;
    const before = this.noted.get(what);
    if (before && Date.now() - before.at < NOTED_EVERY_MS) {
      before.more += 1;
      return;
    }
    if (this.noted.size >= MOST_REMEMBERED) this.noted.clear();
    this.noted.set(what, { at: Date.now(), more: 0 });
    const unrecorded = before?.more ?? 0;
    const writing = this.record(workspaceId, id, { name, reason, ...(unrecorded > 0 && { unrecorded }) })
      .catch((failure: unknown) => this.log.error(`A refused key was not recorded: ${String(failure)}`))
      .finally(() => this.underWay.delete(writing));
    this.underWay.add(writing);
  }

  private async record(workspaceId: string, id: string, data: object): Promise<void> {
    await this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'api_key.refused',
        target: { type: 'api_key', id },
        actor: { type: 'api_key', id },
        data: { ...data },
      });
    });
  }
}

/** Undefined for a key that has nothing wrong with it: it was changed between the two looks. */
function reasonOf(key: KnownKey, { hash }: PresentedCredential, ip: string): Reason | undefined {
  if (!sameHash(key.secret_hash, hash)) return 'wrong_secret';
  if (key.revoked) return 'revoked';
  if (key.expired) return 'expired';
  return isAllowedAddress(key.allowed_ips, ip) ? undefined : 'network_not_allowed';
}
