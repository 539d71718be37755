import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';
import {
  isLink,
  type KeyLink,
  link,
  newKeyPair,
  privateBytes,
  privateKeyOf,
  type SealKeyPair,
  signed,
} from './seal-key';

interface KeyRow {
  key_id: string;
  public_key: string;
  sealed_private_key: string | null;
  previous_key_id: string | null;
  endorsement: string | null;
  acceptance: string | null;
}

/** The data of a rotation that is announced. */
export interface Rotation {
  readonly keyId: string;
  readonly publicKey: string;
  readonly previousKeyId: string;
  readonly createdAt: Date;
}

/**
 * The Ed25519 keys that sign the checkpoints of all audit logs of this installation, encrypted in the database. The
 * newest key signs; each older one has signed its successor and still verifies its own checkpoints.
 */
@Injectable()
export class SealKeys implements OnModuleInit {
  private key: SealKeyPair;
  /** All keys, current and former, by key id. */
  private known: ReadonlyMap<string, KeyRow> = new Map();

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Creates the first key. An advisory lock makes sure that only one of several starting instances does. */
  async onModuleInit(): Promise<void> {
    await this.alone(async () => {
      const made = newKeyPair();
      await this.database.query(
        `insert into audit_signing_keys (key_id, public_key, sealed_private_key)
         select $1, $2, $3 where not exists (select from audit_signing_keys)`,
        [made.keyId, made.publicKey, this.sealed(made)],
      );
    });
    await this.load();
  }

  /**
   * Signs a checkpoint with the newest key. `newestKeyId` comes from the database: another instance may have rotated
   * the key.
   */
  async sign(text: string, newestKeyId: string): Promise<{ keyId: string; signature: string }> {
    if (newestKeyId !== this.key.keyId) await this.load();
    const { keyId, privateKey } = this.key;
    return { keyId, signature: signed(text, privateKey) };
  }

  /**
   * Signs a text other than a checkpoint, in the current transaction, with the newest key in the database. The text
   * must not have the form of a checkpoint.
   */
  async attest(text: string): Promise<{ keyId: string; publicKey: string; signature: string }> {
    const [newest] = await this.database.query<{ key_id: string }>(NEWEST);
    if (newest!.key_id !== this.key.keyId) await this.load();
    const { keyId, privateKey } = this.key;
    return { keyId, publicKey: this.publicKey(keyId), signature: signed(text, privateKey) };
  }

  /** Loads the keys again if one of these ids is unknown: another instance has created it. */
  async know(keyIds: Iterable<string>): Promise<void> {
    for (const id of keyIds) if (!this.known.has(id)) return this.load();
  }

  /** The public key, 32 bytes in base64. Call `know` first. */
  publicKey(keyId: string): string {
    return this.known.get(keyId)?.public_key ?? '';
  }

  /** The links from this key back to the first, newest first. */
  links(keyId: string): KeyLink[] {
    return linksOf(keyId, this.known);
  }

  /**
   * Replaces the newest key by a new one. Concurrent rotations run one after the other, and each creates a key.
   * @param olderThanDays rotates only when the newest key is older; otherwise returns undefined
   */
  async rotate(olderThanDays = 0): Promise<Rotation | undefined> {
    const rotation = await this.alone(async () => {
      const [newest] = await this.database.query<KeyRow>(
        `select * from audit_signing_keys k
          where not exists (select from audit_signing_keys next where next.previous_key_id = k.key_id)
            and created_at <= now() - make_interval(days => $1)`,
        [olderThanDays],
      );
      if (!newest) return undefined;
      const after = newKeyPair();
      const { endorsement, acceptance } = link(this.pairOf(newest), after);
      const [made] = await this.database.query<{ created_at: Date }>(
        `insert into audit_signing_keys (key_id, public_key, sealed_private_key, previous_key_id, endorsement, acceptance)
         values ($1, $2, $3, $4, $5, $6) returning created_at`,
        [after.keyId, after.publicKey, this.sealed(after), newest.key_id, endorsement, acceptance],
      );
      return {
        ...{ keyId: after.keyId, publicKey: after.publicKey, previousKeyId: newest.key_id },
        createdAt: made!.created_at,
      };
    });
    if (rotation) await this.load();
    return rotation;
  }

  /** The rotation that created the newest key; undefined when that is the first key. */
  async lastRotation(): Promise<Rotation | undefined> {
    const [row] = await this.database.lookUp<KeyRow & { created_at: Date }>(
      'last_audit_key_rotation',
      `select * from audit_signing_keys k
        where not exists (select from audit_signing_keys next where next.previous_key_id = k.key_id)`,
      [],
    );
    if (!row?.previous_key_id) return undefined;
    return {
      ...{ keyId: row.key_id, publicKey: row.public_key, previousKeyId: row.previous_key_id },
      createdAt: row.created_at,
    };
  }

  /** Destroys private keys that were replaced more than a day ago; no instance signs with them any more. */
  async destroyRetired(): Promise<void> {
    await this.database.lookUp(
      'destroy_retired_audit_keys',
      `update audit_signing_keys k set sealed_private_key = null
        where sealed_private_key is not null
          and exists (select from audit_signing_keys next
                       where next.previous_key_id = k.key_id and next.created_at < now() - interval '1 day')`,
      [],
    );
  }

  private async load(): Promise<void> {
    // On the connection of the current transaction: with a pool of one, a second connection would wait for ever.
    const rows = this.database.inTransaction
      ? await this.database.query<KeyRow>(ALL_KEYS)
      : await this.database.lookUp<KeyRow>('audit_signing_keys', ALL_KEYS, []);
    const known = new Map(rows.map((row) => [row.key_id, row]));
    for (const { key_id: id, public_key: publicKey } of rows) {
      const [newest] = linksOf(id, known);
      if (newest && !isLink(publicKey, newest))
        throw new Error(`The audit key ${id} does not follow from the one before.`);
    }
    const followed = new Set(rows.map(({ previous_key_id: previous }) => previous));
    // Only after all links are verified, so that nothing is signed with a key that its predecessor has not signed.
    this.key = this.pairOf(rows.find(({ key_id: id }) => !followed.has(id))!);
    this.known = known;
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    return this.database.outsideWorkspaces(async () => {
      await this.database.query(`select pg_advisory_xact_lock(hashtext('audit_signing_keys'))`);
      return work();
    });
  }

  private pairOf({ key_id: keyId, public_key: publicKey, sealed_private_key: sealed }: KeyRow): SealKeyPair {
    return { keyId, publicKey, privateKey: privateKeyOf(this.keyring.open(sealed!, contextOf(keyId))) };
  }

  private sealed({ keyId, privateKey }: SealKeyPair): string {
    return this.keyring.seal(privateBytes(privateKey), contextOf(keyId));
  }
}

function linksOf(keyId: string, known: ReadonlyMap<string, KeyRow>): KeyLink[] {
  const links: KeyLink[] = [];
  for (let row = known.get(keyId); row?.previous_key_id;) {
    const { endorsement, acceptance } = row;
    const before = known.get(row.previous_key_id)!;
    links.push({ previous: before.public_key, endorsement: endorsement!, acceptance: acceptance! });
    row = before;
  }
  return links;
}

const ALL_KEYS = `select key_id, public_key, sealed_private_key, previous_key_id, endorsement, acceptance
                    from audit_signing_keys`;

const NEWEST = `select key_id from audit_signing_keys k
                 where not exists (select from audit_signing_keys next where next.previous_key_id = k.key_id)`;

const contextOf = (keyId: string): string => `audit_signing_keys|${keyId}`;
