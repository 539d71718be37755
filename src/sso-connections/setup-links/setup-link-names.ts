import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ActorName, ActorNames } from '../../audit/actor-names.service';
import { Database } from '../../database/database';

/** Tells the audit log whose set-up somebody without an account was doing. */
@Injectable()
export class SetupLinkNames implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly names: ActorNames,
  ) {}

  onModuleInit(): void {
    this.names.areFoundBy('system', (ids) =>
      this.database.query<ActorName>(
        `select l.id, 'set-up link of' as kind, c.name
           from setup_links l join sso_connections c on c.workspace_id = l.workspace_id and c.id = l.connection_id
          where l.id = any ($1::uuid[])`,
        [ids],
      ),
    );
  }
}
