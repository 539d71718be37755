import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { Conflict } from '../http/problems';
import { EnforcementService } from '../workspaces/enforcement.service';
import { RunningSessions } from '../workspaces/running-sessions.service';
import { refuseIncomplete } from './completeness';
import type { ConnectionWithSettings } from './connection.dto';
import { ConnectionReader } from './connection-reader.service';
import { endSetupLinks } from './setup-links/ended-setup-links';
import { type ConnectionStatus, SsoConnection } from './sso-connection.entity';

/** Whether people sign in by a connection: draft → tested → active → disabled → active. */
@Injectable()
export class ConnectionActivation {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly reader: ConnectionReader,
    private readonly enforcement: EnforcementService,
    private readonly sessions: RunningSessions,
  ) {}

  /**
   * Lets people sign in by the connection. Ends its setup links, because somebody who finds one could now sign in as
   * anybody. Throws 409 `test_required` when the current settings have passed no test, unless `untested` is set, which
   * is recorded as high risk; and 409 `connection_incomplete` when the identity provider is not described yet.
   */
  async activate(id: string, untested: boolean): Promise<ConnectionWithSettings> {
    const found = await this.reader.getForChange(id);
    refuseIncomplete(found);
    const { connection, tested } = found;
    if (!tested && !untested) throw testRequired(id);
    if (connection.status === 'active') return this.asItIs(id);
    const after = await this.become(id, 'active');
    for (const ended of await endSetupLinks(this.database, id)) this.trail.record(ended);
    this.trail.record({
      type: 'sso_connection.activated',
      target: { type: 'sso_connection', id },
      data: { name: connection.name, from: connection.status, revision: connection.revision, untested },
      ...(untested && { risk: 'high' as const }),
    });
    return after;
  }

  /**
   * Stops sign-ins by the connection until it is activated again. Throws 409 `connection_is_draft` for one that never
   * was active, and 409 `enforcement_depends_on_it` for the last active one of a workspace that refuses passwords.
   */
  async disable(id: string): Promise<ConnectionWithSettings> {
    await this.enforcement.refuseIfLastConnection(id);
    const { connection } = await this.reader.getForChange(id);
    if (connection.status === 'draft' || connection.status === 'tested') {
      throw new Conflict('connection_is_draft', 'This connection is a draft: nobody signs in by it yet.');
    }
    if (connection.status === 'disabled') return this.asItIs(id);
    await this.sessions.endOfConnection(id);
    const after = await this.become(id, 'disabled');
    this.trail.record({
      type: 'sso_connection.disabled',
      target: { type: 'sso_connection', id },
      data: { name: connection.name, from: connection.status, revision: connection.revision },
    });
    return after;
  }

  private asItIs(id: string): Promise<ConnectionWithSettings> {
    this.trail.nothingChanged();
    return this.reader.get(id);
  }

  private async become(id: string, status: ConnectionStatus): Promise<ConnectionWithSettings> {
    await this.database.repository(SsoConnection).update({ id }, { status, updatedAt: () => 'now()' });
    return this.reader.get(id);
  }
}

function testRequired(id: string): Conflict {
  return new Conflict('test_required', 'These settings have not passed a test sign-in yet.', [
    {
      field: 'test',
      message: `Start one with POST /v1/sso/connections/${id}/test and open its url in a browser.`,
    },
    { field: 'untested', message: 'Or activate with {"untested": true}; that is recorded as high risk.' },
  ]);
}
