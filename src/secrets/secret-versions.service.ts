import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import type { Secret } from '../crypto/secret';
import { Database } from '../database/database';
import { Conflict, NotFound } from '../http/problems';
import { SecretsService } from './secrets.service';
import { VAULT } from './vault-purpose';

export type VersionStatus = 'current' | 'previous' | 'destroyed';

/** One of the values that a secret had. */
export interface VersionOfSecret {
  readonly version: number;
  readonly status: VersionStatus;
  readonly createdAt: Date;
  readonly destroyedAt: Date | null;
}

interface Sealed {
  readonly version: number;
  readonly ciphertext: string | null;
  readonly dataKeyId: string;
}

/** All values that the product's secrets ever had, in the workspace in flight. */
@Injectable()
export class SecretVersions {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretsService,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first. Empty for an unknown secret. */
  list(id: string): Promise<VersionOfSecret[]> {
    return this.database.query<VersionOfSecret>(
      `select version, 'current' as status, updated_at as "createdAt", null as "destroyedAt"
         from secrets where id = $1 and purpose = $2
        union all
       select v.version, case when v.ciphertext is null then 'destroyed' else 'previous' end, v.created_at, v.destroyed_at
         from secret_versions v join secrets s on s.id = v.secret_id
        where v.secret_id = $1 and s.purpose = $2
        order by version desc`,
      [id, VAULT],
    );
  }

  /** Makes this the value; the present one becomes the version before. Answers the number. Throws NotFound. */
  async add(id: string, value: string): Promise<number> {
    const [current] = await this.database.query<{ version: number }>(
      'select version from secrets where id = $1 and purpose = $2 for no key update',
      [id, VAULT],
    );
    if (!current) throw new NotFound('Secret');
    const version = current.version + 1;
    const { ciphertext, dataKeyId } = await this.secrets.seal({ id, purpose: VAULT, version }, value);
    await this.database.query(
      `insert into secret_versions (secret_id, version, ciphertext, data_key_id, created_at)
       select id, version, ciphertext, data_key_id, updated_at from secrets where id = $1`,
      [id],
    );
    await this.database.query(
      'update secrets set version = $2, ciphertext = $3, data_key_id = $4, updated_at = now() where id = $1',
      [id, version, ciphertext, dataKeyId],
    );
    return version;
  }

  /** Whether this is the current value. False when the key of the current value is lost, so that it can be replaced. */
  async isPresent(id: string, value: string): Promise<boolean> {
    try {
      return (await this.secrets.reveal(id, VAULT)).reveal() === value;
    } catch {
      return false;
    }
  }

  /** The value of one version. Throws NotFound, 409 `version_destroyed`. */
  async reveal(id: string, version: number): Promise<Secret> {
    const [sealed] = await this.database.query<Sealed>(
      `select version, ciphertext, data_key_id as "dataKeyId" from secrets
        where id = $1 and version = $2 and purpose = $3
        union all
       select v.version, v.ciphertext, v.data_key_id from secret_versions v join secrets s on s.id = v.secret_id
        where v.secret_id = $1 and v.version = $2 and s.purpose = $3`,
      [id, version, VAULT],
    );
    if (!sealed) throw new NotFound('Secret');
    const { ciphertext, dataKeyId } = sealed;
    if (ciphertext === null) throw new Conflict('version_destroyed', 'This version was destroyed.');
    return this.secrets.open({ id, purpose: VAULT, version, ciphertext, dataKeyId });
  }

  /** Makes an old value the present one again, as a version of its own. Throws as `reveal`. */
  async restore(id: string, version: number): Promise<number> {
    const value = await this.reveal(id, version);
    const restored = await this.add(id, value.reveal());
    this.record('secret.version_restored', id, { version, as: restored });
    return restored;
  }

  /** Deletes an old value for good. Throws NotFound, 409 `version_current`, `version_destroyed`. */
  async destroy(id: string, version: number): Promise<void> {
    const destroyed = await this.database.query(
      `update secret_versions v set ciphertext = null, data_key_id = null, destroyed_at = now()
         from secrets s
        where s.id = v.secret_id and s.purpose = $3 and v.secret_id = $1 and v.version = $2 and v.ciphertext is not null
        returning v.version`,
      [id, version, VAULT],
    );
    if (destroyed.length === 0) throw await this.whyNot(id, version);
    this.record('secret.version_destroyed', id, { version });
  }

  private async whyNot(id: string, version: number): Promise<Error> {
    const known = (await this.list(id)).find((one) => one.version === version);
    if (!known) return new NotFound('Secret');
    return known.status === 'current'
      ? new Conflict('version_current', 'This is the present value: put another in its place first.')
      : new Conflict('version_destroyed', 'This version was destroyed.');
  }

  private record(
    type: 'secret.version_restored' | 'secret.version_destroyed',
    id: string,
    data: object,
  ): void {
    this.trail.record({ type, target: { type: 'secret', id }, data: { ...data } });
  }
}
