import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual } from 'typeorm';
import { AuditTrail } from '../../audit/audit-trail';
import { DAY_MS } from '../../config/durations';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { Conflict, NotFound } from '../../http/problems';
import { SecretsService } from '../../secrets/secrets.service';
import { SsoConnection } from '../sso-connection.entity';
import { ConnectionKey } from './connection-key.entity';
import type { KeyPair } from './key-pair';

/** What every private key of a connection is sealed for. */
export const KEY_PURPOSE = 'saml_sp_key';

/**
 * The key pairs of connections in the current workspace: publishes a key, activates it and retires the old one, with
 * an overlap in which the identity provider may know either. For SAML, and for OIDC clients with private_key_jwt.
 */
@Injectable()
export class ConnectionKeys {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly secrets: SecretsService,
  ) {}

  /** Keys of these connections that are still of use, oldest first. */
  async of(connectionIds: string[]): Promise<ConnectionKey[]> {
    if (connectionIds.length === 0) return [];
    const found = await this.keys.find({
      where: { connectionId: In(connectionIds) },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    return found.filter(({ retiresAt }) => retiresAt === null || retiresAt > new Date());
  }

  /** Keys of one connection. Throws NotFound. */
  async list(connectionId: string): Promise<ConnectionKey[]> {
    if (!(await this.connections.existsBy({ id: connectionId }))) throw new NotFound('Connection');
    return this.of([connectionId]);
  }

  /** The key that a new connection signs with from the start. Part of creating it, so without an event of its own. */
  async createFirst(connectionId: string, pair: KeyPair): Promise<void> {
    await this.insert(connectionId, pair, 'active');
  }

  /**
   * Gives a connection without an active key this one, or the published one that waits; keeps an active key. Throws
   * NotFound.
   */
  async begin(connectionId: string, pair: KeyPair): Promise<void> {
    await this.hold(connectionId);
    if (await this.keys.existsBy({ connectionId, state: 'active' })) return this.trail.nothingChanged();
    const waiting = await this.keys.findOneBy({ connectionId, state: 'published' });
    const { id } = waiting ?? (await this.publish(connectionId, pair));
    await this.activate(connectionId, id, 0);
  }

  /**
   * Publishes the next key beside the active one. Throws NotFound, and 409 `key_already_published` when one is waiting
   * already.
   */
  async publish(connectionId: string, pair: KeyPair): Promise<ConnectionKey> {
    await this.hold(connectionId);
    await this.sweep(connectionId);
    if (await this.keys.existsBy({ connectionId, state: 'published' })) {
      throw new Conflict(
        'key_already_published',
        'A key waits to be activated already: activate or remove it.',
      );
    }
    const id = await this.insert(connectionId, pair, 'published');
    this.record('sso_connection.key_published', connectionId, { keyId: id });
    return this.keys.findOneByOrFail({ id });
  }

  /**
   * Lets a published key sign from now on. The one before stays published, and opens what is encrypted for it, for
   * `overlapDays`. Throws NotFound, and 409 `key_not_published`.
   */
  async activate(connectionId: string, keyId: string, overlapDays: number): Promise<ConnectionKey> {
    await this.hold(connectionId);
    await this.sweep(connectionId);
    const key = await this.get(connectionId, keyId);
    if (key.state !== 'published')
      throw new Conflict('key_not_published', 'Only a key that is published can be activated.');
    const retiresAt = new Date(Date.now() + overlapDays * DAY_MS);
    await this.keys.update({ connectionId, state: 'active' }, { state: 'retiring', retiresAt });
    await this.keys.update({ id: keyId }, { state: 'active', activatedAt: () => 'now()' });
    this.record('sso_connection.key_activated', connectionId, { keyId, overlapDays });
    return this.get(connectionId, keyId);
  }

  /** Removes a key that does not sign, with its secret. Throws NotFound, and 409 `key_is_active`. */
  async remove(connectionId: string, keyId: string): Promise<void> {
    await this.hold(connectionId);
    const key = await this.get(connectionId, keyId);
    if (key.state === 'active')
      throw new Conflict('key_is_active', 'This key signs. Publish and activate another one first.');
    await this.delete(key);
    this.record('sso_connection.key_removed', connectionId, { keyId, state: key.state });
  }

  /** Keys whose time of overlap is over are of no use to anybody. */
  private async sweep(connectionId: string): Promise<void> {
    const over = await this.keys.findBy({ connectionId, retiresAt: LessThanOrEqual(new Date()) });
    for (const key of over) {
      await this.delete(key);
      this.record('sso_connection.key_removed', connectionId, { keyId: key.id, state: 'retired' });
    }
  }

  private async delete({ id, secretId }: ConnectionKey): Promise<void> {
    await this.keys.delete({ id });
    await this.secrets.remove(secretId);
  }

  private async insert(
    connectionId: string,
    { certificate, privateKey }: KeyPair,
    state: 'published' | 'active',
  ): Promise<string> {
    const id = uuidV7();
    const secretId = await this.secrets.store(KEY_PURPOSE, privateKey);
    await this.keys.insert({
      ...{ id, connectionId, state, certificate, secretId },
      activatedAt: state === 'active' ? new Date() : null,
    });
    return id;
  }

  /** Changes to the keys of one connection take turns. */
  private async hold(id: string): Promise<void> {
    const lock = { mode: 'for_no_key_update' } as const;
    if (!(await this.connections.findOne({ where: { id }, lock }))) throw new NotFound('Connection');
  }

  private async get(connectionId: string, id: string): Promise<ConnectionKey> {
    const key = await this.keys.findOneBy({ id, connectionId });
    if (!key) throw new NotFound('Key');
    return key;
  }

  private record(
    type: `sso_connection.key_${'published' | 'activated' | 'removed'}`,
    connectionId: string,
    data: Record<string, unknown>,
  ): void {
    this.trail.record({ type, target: { type: 'sso_connection', id: connectionId }, data });
  }

  private get keys() {
    return this.database.repository(ConnectionKey);
  }

  private get connections() {
    return this.database.repository(SsoConnection);
  }
}
