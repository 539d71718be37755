import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RulesOfConnection } from '../../members/role-mappings/rules-of-connection.service';
import { ConnectionEndings } from '../../sso-connections/connection-endings';
import { LargeChanges } from '../../members/large-changes/large-changes.service';
import { RunningSessions } from '../../workspaces/running-sessions.service';
import { IdentityLinks } from './identity-links.service';

/** With a connection go the identities known through it, and at once whatever rules gave by what it had said. */
@Injectable()
export class IdentitiesEnd implements OnModuleInit {
  constructor(
    private readonly endings: ConnectionEndings,
    private readonly links: IdentityLinks,
    private readonly rules: RulesOfConnection,
    private readonly sessions: RunningSessions,
    private readonly changes: LargeChanges,
  ) {}

  onModuleInit(): void {
    this.endings.add(async (connectionId, deletion) => {
      const { enoughToKnow } = this.changes;
      let known = await this.links.membersOf(connectionId, enoughToKnow);
      if (this.changes.isLarge(known.length)) {
        // Nobody waits for their turn meanwhile: everybody is judged afterwards, whoever came in until then.
        await this.sessions.endOfConnection(connectionId, { forGood: true });
        await this.links.forgetAllOf(connectionId);
        await this.rules.takeTurn();
      } else {
        await this.rules.takeTurn();
        known = await this.links.holdAllOf(connectionId);
        // As for very many: whoever comes by a code is waited for while nothing is held that they still need.
        await this.sessions.endOfConnection(connectionId, { forGood: true });
      }
      await this.rules.settleAfter(known, deletion);
    });
  }
}
