import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';

interface KeyRow {
  key_id: string;
  public_key: string;
  sealed_private_key: string;
}

interface SealKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** The Ed25519 key of the installation that signs checkpoints of its audit logs, sealed at rest. */
@Injectable()
export class SealKeys implements OnModuleInit {
  private key: SealKey;
  /** In base64, by key id: those of all keys there ever were. */
  private publicKeys: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Makes the key when there is none. Of two instances that start at once, one makes it. */
  async onModuleInit(): Promise<void> {
    const made = this.make();
    await this.database.outsideWorkspaces(async () => {
      await this.database.query(`select pg_advisory_xact_lock(hashtext('audit_signing_keys'))`);
      await this.database.query(
        `insert into audit_signing_keys (key_id, public_key, sealed_private_key)
         select $1, $2, $3 where not exists (select from audit_signing_keys)`,
        [made.key_id, made.public_key, made.sealed_private_key],
      );
    });
    const rows = await this.database.lookUp<KeyRow>(
      'audit_signing_keys',
      'select key_id, public_key, sealed_private_key from audit_signing_keys order by created_at desc, key_id',
      [],
    );
    const [newest] = rows;
    this.publicKeys = new Map(rows.map((row) => [row.key_id, row.public_key]));
    const pkcs8 = this.keyring.open(newest!.sealed_private_key, contextOf(newest!.key_id));
    this.key = {
      keyId: newest!.key_id,
      privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    };
  }

  /** Signs a checkpoint. */
  sign(text: string): { keyId: string; signature: string } {
    const { keyId, privateKey } = this.key;
    return { keyId, signature: sign(null, Buffer.from(text), privateKey).toString('base64') };
  }

  /** 32 bytes in base64. */
  publicKey(keyId: string): string {
    return this.publicKeys.get(keyId) ?? '';
  }

  private make(): KeyRow {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const keyId = createHash('sha256').update(raw).digest('base64url').slice(0, 16);
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    return {
      key_id: keyId,
      public_key: raw.toString('base64'),
      sealed_private_key: this.keyring.seal(pkcs8, contextOf(keyId)),
    };
  }
}

const contextOf = (keyId: string): string => `audit_signing_keys|${keyId}`;
