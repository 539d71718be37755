import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ActorName, ActorNames } from '../../audit/actor-names.service';
import { Database } from '../../database/database';

/** Gives the audit log the names of SCIM tokens and clients. */
@Injectable()
export class DirectoryNames implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly names: ActorNames,
  ) {}

  onModuleInit(): void {
    this.names.areFoundBy('scim', (ids) =>
      this.database.query<ActorName>(
        `select id, 'SCIM ' || kind as kind, name from scim_tokens where id = any ($1::uuid[])`,
        [ids],
      ),
    );
  }
}
