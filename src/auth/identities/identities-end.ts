import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RulesOfConnection } from '../../members/role-mappings/rules-of-connection.service';
import { ConnectionEndings } from '../../sso-connections/connection-endings';
import { IdentityLinks } from './identity-links.service';

/** With a connection go the identities known through it, and at once whatever rules gave by what it had said. */
@Injectable()
export class IdentitiesEnd implements OnModuleInit {
  constructor(
    private readonly endings: ConnectionEndings,
    private readonly links: IdentityLinks,
    private readonly rules: RulesOfConnection,
  ) {}

  onModuleInit(): void {
    this.endings.add(async (connectionId, deletion) => {
      await this.rules.takeTurn();
      await this.rules.settleAfter(await this.links.membersOf(connectionId), deletion);
    });
  }
}
