import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../personal-data/personal-data';

/** The keys that somebody made or adopted. */
@Injectable()
export class ApiKeysPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'apiKeys';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  export({ memberId }: KnownPerson): Promise<unknown> {
    return this.database.query(
      `select id, name, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt",
              last_used_at as "lastUsedAt", last_used_ip as "lastUsedIp", last_used_call as "lastUsedCall"
         from api_keys where created_by = $1 order by id`,
      [memberId],
    );
  }

  /**
   * Keeps the keys, which may stay in use under the policy. `ApiKeyUse` writes no IP address again until another
   * member adopts the key.
   */
  async erase({ memberId }: KnownPerson): Promise<void> {
    await this.database.query('update api_keys set last_used_ip = null where created_by = $1', [memberId]);
  }
}
