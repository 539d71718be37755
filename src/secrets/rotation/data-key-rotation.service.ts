import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import type { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { DataKeysService } from '../data-keys.service';
import { sealedFor } from '../sealed-for';

const BATCH = 50;
const EVERY_SECONDS = 600;
/** Whoever read a ciphertext before it was replaced still finds its key for this long. */
const KEPT_MINUTES = 60;

interface OldSecret {
  readonly id: string;
  readonly purpose: string;
  readonly version: number;
  readonly ciphertext: string;
  readonly dataKeyId: string;
}

/**
 * Creates a new data key for a workspace and re-encrypts its secrets while they stay in use: new values use the new
 * key from the commit on; old ones follow in batches, each only if it has not changed since it was read. After an
 * interruption it continues, because each row names its key. Deletes keys that no row uses any more.
 */
@Injectable()
export class DataKeyRotation implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger('Secrets');
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly dataKeys: DataKeysService,
    private readonly trail: AuditTrail,
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
  ) {}

  onModuleInit(): void {
    this.schedule.every('secrets.reencrypt', EVERY_SECONDS, (_now, stopping) => this.finishAll(stopping));
  }

  /**
   * In the workspace in flight: from COMMIT on another key seals, and old values follow in the background. Answers its
   * id, and how many values are under keys of before.
   */
  async begin(): Promise<{ dataKeyId: string; left: number }> {
    const dataKeyId = await this.dataKeys.replace();
    const left = await this.left();
    this.trail.record({
      type: 'secret.data_key_rotated',
      target: { type: 'data_key', id: dataKeyId },
      data: { left },
    });
    const { workspaceId } = this.database;
    this.database.afterCommit(async () => this.followUp(workspaceId));
    return { dataKeyId, left };
  }

  /** Of the workspace in flight. */
  async state(): Promise<{ dataKeyId: string; left: number }> {
    return { dataKeyId: (await this.dataKeys.inUse()).id, left: await this.left() };
  }

  /** What was begun by a request comes to the end of its batch; the rest is for the next run. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.underWay);
  }

  /** In all workspaces, whatever old keys still hold. */
  finishAll(stopping = new AbortController().signal): Promise<void> {
    return this.workspaces.each((workspaceId) => this.finish(workspaceId, stopping), stopping);
  }

  /**
   * Re-encrypts the rest of one workspace. Runs outside a transaction. Skips rows that another transaction has locked,
   * and tries these again while that makes progress.
   */
  async finish(workspaceId: string, stopping = new AbortController().signal): Promise<void> {
    for (const statements of [CURRENT, FORMER, ANSWERS]) {
      while ((await this.pass(workspaceId, statements, stopping)) > 0);
    }
    await this.database.onceInWorkspace(workspaceId, NOTE_EMPTIED);
    await this.database.onceInWorkspace(workspaceId, FORGET, [KEPT_MINUTES]);
  }

  private followUp(workspaceId: string): void {
    const work = this.finish(workspaceId, this.stopping.signal)
      .catch((failure: unknown) => this.log.error(`Secrets wait to be encrypted anew: ${String(failure)}`))
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** How many values of the workspace in flight are under keys of before. */
  private async left(): Promise<number> {
    const [row] = await this.database.query<{ left: number }>(LEFT);
    return row!.left;
  }

  /** Once over all values that are under keys of before. Answers how many are so no more. */
  private async pass(workspaceId: string, statements: Statements, stopping: AbortSignal): Promise<number> {
    let done = 0;
    for (let last: string | null = null; !stopping.aborted;) {
      const past: string | null = last;
      const rows: OldSecret[] = await this.database.inWorkspace(workspaceId, async () => {
        const found = await this.database.query<OldSecret>(statements.read, [past, BATCH]);
        if (found.length > 0) done += await this.reencrypt(found, statements.write);
        return found;
      });
      if (rows.length < BATCH) break;
      last = placeOf(rows.at(-1)!);
    }
    return done;
  }

  private async reencrypt(rows: readonly OldSecret[], write: string): Promise<number> {
    const { id: dataKeyId, keyring } = await this.dataKeys.inUse();
    let done = 0;
    for (const row of rows) {
      const context = sealedFor(this.database.workspaceId, row);
      const old = await this.dataKeys.get(row.dataKeyId);
      const ciphertext = again(old.keyring, keyring, row.ciphertext, context);
      if (ciphertext === undefined) {
        this.log.error(`The secret ${row.id} cannot be opened, and stays as it is.`);
        continue;
      }
      await this.database.query(write, [row.id, row.version, row.ciphertext, ciphertext, dataKeyId]);
      done += 1;
    }
    return done;
  }
}

/** The ciphertext under another key; undefined when it was tampered with and cannot be decrypted. */
function again(old: Keyring, young: Keyring, sealed: string, context: string): string | undefined {
  try {
    return young.seal(old.open(sealed, context), context);
  } catch {
    return undefined;
  }
}

interface Statements {
  readonly read: string;
  readonly write: string;
}

const placeOf = ({ id, version }: OldSecret): string => `${id} ${version}`;
const RETIRED = 'select k.id from data_keys k where k.retired_at is not null';

const CURRENT: Statements = {
  read: `
    select id, purpose, version, ciphertext, data_key_id as "dataKeyId" from secrets
     where data_key_id in (${RETIRED}) and ($1::text is null or id || ' ' || version > $1)
     order by id || ' ' || version limit $2 for no key update skip locked`,
  write: `
    update secrets set ciphertext = $4, data_key_id = $5 where id = $1 and version = $2 and ciphertext = $3`,
};

const FORMER: Statements = {
  read: `
    select v.secret_id as id, s.purpose, v.version, v.ciphertext, v.data_key_id as "dataKeyId"
      from secret_versions v join secrets s on s.id = v.secret_id
     where v.data_key_id in (${RETIRED}) and ($1::text is null or v.secret_id || ' ' || v.version > $1)
     order by v.secret_id || ' ' || v.version limit $2 for no key update of v skip locked`,
  write: `
    update secret_versions set ciphertext = $4, data_key_id = $5
     where secret_id = $1 and version = $2 and ciphertext = $3`,
};

/** Stored responses of calls with an Idempotency-Key, kept for a day. */
const ANSWERS: Statements = {
  read: `
    select id, 'idempotency_key' as purpose, 1 as version, sealed_answer as ciphertext, data_key_id as "dataKeyId"
      from idempotency_keys
     where data_key_id in (${RETIRED}) and ($1::text is null or id || ' 1' > $1)
     order by id || ' 1' limit $2 for no key update skip locked`,
  write: `
    update idempotency_keys set sealed_answer = $4, data_key_id = $5
     where id = $1 and $2 = 1 and sealed_answer = $3`,
};

const LEFT = `
  select ((select count(*) from secrets where data_key_id in (${RETIRED}))
        + (select count(*) from secret_versions where data_key_id in (${RETIRED}))
        + (select count(*) from idempotency_keys where data_key_id in (${RETIRED})))::int as left`;

const IS_EMPTY = `
  (not exists (select from secrets s where s.data_key_id = k.id)
   and not exists (select from secret_versions v where v.data_key_id = k.id)
   and not exists (select from idempotency_keys i where i.data_key_id = k.id))`;

/** Takes it back where a value came after all, of somebody who began before the key was retired. */
const NOTE_EMPTIED = `
  update data_keys k set emptied_at = case when ${IS_EMPTY} then now() end
   where k.retired_at is not null and (k.emptied_at is not null) is distinct from ${IS_EMPTY}`;

const FORGET = `
  delete from data_keys k
   where k.retired_at is not null and k.emptied_at < now() - make_interval(mins => $1) and ${IS_EMPTY}`;
