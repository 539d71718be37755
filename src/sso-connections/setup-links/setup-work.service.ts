import { Injectable } from '@nestjs/common';
import { Plans } from '../../access/plans';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import type { Problem } from '../../http/problems';
import { problemOf } from '../../http/problem-of';
import { readAs } from '../../http/validation.pipe';
import { ConnectionTests } from '../attempts/connection-tests.service';
import type { Seen } from '../connection-admin.service';
import type { ConnectionWithSettings } from '../connection.dto';
import { UpdateConnectionDto } from '../connection-input.dto';
import { ConnectionRegistration } from '../connection-registration.service';
import { BY_ADMIN } from '../revisions/revision-author';
import type { SetupVisit } from './setup-visits.service';

/** The part of an API update that describes the identity provider. */
export type ProviderInput = Pick<UpdateConnectionDto, 'saml' | 'oidc'>;

type SetupWarnings = ConnectionWithSettings['warnings'];

/** What somebody with a setup link may do: describe the identity provider, and test. Every use is on record. */
@Injectable()
export class SetupWork {
  constructor(
    private readonly database: Database,
    private readonly registration: ConnectionRegistration,
    private readonly tests: ConnectionTests,
    private readonly plans: Plans,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Changes the connection as an admin's PATCH would; the author of the revision is the link. Returns the warnings.
   * `seen` is what the page showed. Throws what ConnectionRegistration.update throws.
   */
  async describe(visit: SetupVisit, input: object, seen?: Seen): Promise<SetupWarnings> {
    const { workspaceId, connectionId, linkId } = visit;
    const { warnings } = await this.recorded(visit, 'settings', async () => {
      await this.plans.refuseWithout('sso', workspaceId);
      const changes: ProviderInput = await readAs(UpdateConnectionDto, input);
      const author = {
        origin: 'setup_link',
        actor: { type: 'system', id: linkId },
        stillMay: () => visit.hold(),
      } as const;
      return this.registration.update(workspaceId, connectionId, changes, author, seen);
    });
    await this.database.inWorkspace(workspaceId, async () => this.used(visit, 'settings', undefined));
    return warnings;
  }

  /** The same by an admin, as a revision of theirs. */
  async describeByAdmin(
    workspaceId: string,
    connectionId: string,
    input: object,
    seen?: Seen,
  ): Promise<SetupWarnings> {
    const changes = await readAs(UpdateConnectionDto, input);
    const { warnings } = await this.registration.update(workspaceId, connectionId, changes, BY_ADMIN, seen);
    return warnings;
  }

  /** Begins a test of the settings in force; answers where the browser goes. */
  async test(visit: SetupVisit): Promise<string> {
    return this.recorded(visit, 'test', async () => {
      await this.plans.refuseWithout('sso', visit.workspaceId);
      return this.database.inWorkspace(visit.workspaceId, async () => {
        const { attemptId, url } = await this.tests.start(visit.connectionId);
        this.used(visit, 'test', undefined, { attemptId });
        return url;
      });
    });
  }

  private async recorded<T>(visit: SetupVisit, action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status < 500)
        await this.database.inWorkspace(visit.workspaceId, async () => this.used(visit, action, problem));
      throw error;
    }
  }

  private used(
    { linkId, connectionId }: SetupVisit,
    action: string,
    refusal: Problem | undefined,
    more: Record<string, unknown> = {},
  ): void {
    this.trail.record({
      type: 'setup_link.used',
      target: { type: 'setup_link', id: linkId },
      data: {
        ...{ setupLinkId: linkId, connectionId, action, outcome: refusal ? 'refused' : 'done', ...more },
        ...(refusal && { code: refusal.code }),
      },
    });
  }
}
