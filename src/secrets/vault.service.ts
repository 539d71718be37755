import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { decodeCursor, type PageQuery } from '../http/page';
import { NotFound } from '../http/problems';
import { SecretVersions } from './secret-versions.service';
import { SecretsService } from './secrets.service';
import { StoredSecret } from './stored-secret.entity';
import { VAULT } from './vault-purpose';

/** The settings of a secret, without its value. Fields that are undefined keep their value. */
export interface SecretTerms {
  readonly name?: string | undefined;
  readonly reasonRequired?: boolean | undefined;
  readonly approvalRequired?: boolean | undefined;
  readonly revealsPerHour?: number | null | undefined;
}

/** Secrets that the product keeps with us. The service's own are out of reach from here. */
@Injectable()
export class VaultService {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretsService,
    private readonly versions: SecretVersions,
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
  async create(name: string, value: string, terms: SecretTerms = {}): Promise<StoredSecret> {
    const id = await this.secrets.store(VAULT, value, name);
    const given = columnsOf(terms);
    if (Object.keys(given).length > 0) await this.rows.update({ id }, given);
    const secret = await this.get(id);
    this.trail.record({ type: 'secret.created', target: { type: 'secret', id }, data: termsOf(secret) });
    return secret;
  }

  /**
   * Stores a new version of the value, unless it equals the current one, so a repeated request makes one version only.
   * Throws NotFound, and 409 `conflict` when the new name is taken.
   */
  async replace(id: string, value: string, name?: string): Promise<StoredSecret> {
    const before = await this.lock(id);
    if (await this.versions.isPresent(id, value)) return this.update(id, { name });
    const version = await this.versions.add(id, value);
    if (name !== undefined && name !== before.name) await this.rows.update({ id }, { name });
    const after = await this.get(id);
    this.trail.record({
      type: 'secret.updated',
      target: { type: 'secret', id },
      data: { before: { name: before.name }, after: { name: after.name }, valueReplaced: true, version },
    });
    return after;
  }

  /**
   * Changes name or conditions, not the value. Loosening the conditions is an event of high risk. Throws NotFound, and
   * 409 `conflict` when the new name is taken.
   */
  async update(id: string, terms: SecretTerms): Promise<StoredSecret> {
    const before = await this.lock(id);
    const after = Object.assign(new StoredSecret(), before, columnsOf(terms));
    if (isDeepStrictEqual(termsOf(before), termsOf(after))) {
      this.trail.nothingChanged();
      return before;
    }
    await this.rows.update({ id }, columnsOf(terms));
    this.trail.record({
      type: 'secret.updated',
      target: { type: 'secret', id },
      data: { before: termsOf(before), after: termsOf(after) },
      ...(asksLess(before, after) && { risk: 'high' }),
    });
    return after;
  }

  /** With all its versions. Throws NotFound. */
  async delete(id: string): Promise<void> {
    const { name } = await this.lock(id);
    await this.secrets.remove(id);
    this.trail.record({ type: 'secret.deleted', target: { type: 'secret', id }, data: { name } });
  }

  /** Throws NotFound. */
  async get(id: string): Promise<StoredSecret> {
    const secret = await this.rows.findOneBy({ id, purpose: VAULT });
    if (!secret) throw new NotFound('Secret');
    return secret;
  }

  /** Locks the secret until COMMIT, so that the `before` in the audit event is true. */
  private async lock(id: string): Promise<StoredSecret> {
    const where = { id, purpose: VAULT };
    const secret = await this.rows.findOne({ where, lock: { mode: 'for_no_key_update' } });
    if (!secret) throw new NotFound('Secret');
    return secret;
  }

  private get rows() {
    return this.database.repository(StoredSecret);
  }
}

function termsOf({ name, reasonRequired, approvalRequired, revealsPerHour }: StoredSecret) {
  return { name, reasonRequired, approvalRequired, revealsPerHour };
}

function columnsOf({
  name,
  reasonRequired,
  approvalRequired,
  revealsPerHour,
}: SecretTerms): Partial<StoredSecret> {
  const columns = { name, reasonRequired, approvalRequired, revealsPerHour };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

function asksLess(before: StoredSecret, after: StoredSecret): boolean {
  const limitOf = ({ revealsPerHour }: StoredSecret): number => revealsPerHour ?? Infinity;
  return (
    (before.reasonRequired && !after.reasonRequired) ||
    (before.approvalRequired && !after.approvalRequired) ||
    limitOf(after) > limitOf(before)
  );
}
