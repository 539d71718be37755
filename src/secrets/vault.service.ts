import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { NotFound } from '../http/problems';
import { SecretsService } from './secrets.service';
import { StoredSecret } from './stored-secret.entity';

const VAULT = 'vault';

/** Secrets that the product keeps with us. The service's own are out of reach from here. */
@Injectable()
export class VaultService {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretsService,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first; one row more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<StoredSecret[]> {
    return this.rows.find({
      where: { purpose: VAULT, ...(cursor ? { id: LessThan(decodeCursor(cursor)) } : {}) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** Throws 409 `conflict` when the name is taken. */
  async create(name: string, value: string): Promise<StoredSecret> {
    const id = await this.secrets.store(VAULT, value, name);
    this.trail.record({ type: 'secret.created', target: { type: 'secret', id }, data: { name } });
    return this.get(id);
  }

  /** Throws NotFound, 409 `conflict` when the new name is taken. */
  async replace(id: string, value: string, name?: string): Promise<StoredSecret> {
    const before = await this.get(id);
    await this.secrets.replace(id, VAULT, value);
    if (name !== undefined && name !== before.name) await this.rows.update({ id }, { name });
    const after = await this.get(id);
    this.trail.record({
      type: 'secret.updated',
      target: { type: 'secret', id },
      data: { before: { name: before.name }, after: { name: after.name }, valueReplaced: true },
    });
    return after;
  }

  /** Throws NotFound. */
  async delete(id: string): Promise<void> {
    const { name } = await this.get(id);
    await this.secrets.remove(id);
    this.trail.record({ type: 'secret.deleted', target: { type: 'secret', id }, data: { name } });
  }

  /** The value. Its event commits with this transaction, and the answer leaves only after that. Throws NotFound. */
  async reveal(id: string): Promise<string> {
    const { name } = await this.get(id);
    const secret = await this.secrets.reveal(id, VAULT);
    this.trail.record({ type: 'secret.accessed', target: { type: 'secret', id }, data: { name } });
    return secret.reveal();
  }

  private async get(id: string): Promise<StoredSecret> {
    const secret = await this.rows.findOneBy({ id, purpose: VAULT });
    if (!secret) throw new NotFound('Secret');
    return secret;
  }

  private get rows() {
    return this.database.repository(StoredSecret);
  }
}
