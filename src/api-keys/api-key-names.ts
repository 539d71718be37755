import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ActorName, ActorNames } from '../audit/actor-names.service';
import { Database } from '../database/database';

/** Finds the names of API keys for the audit log. */
@Injectable()
export class ApiKeyNames implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly names: ActorNames,
  ) {}

  onModuleInit(): void {
    this.names.areFoundBy('api_key', (ids) =>
      this.database.query<ActorName>(
        `select id, 'API key' as kind, name from api_keys where id = any ($1::uuid[])`,
        [ids],
      ),
    );
  }
}
