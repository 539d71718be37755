import { Injectable } from '@nestjs/common';
import { Clearance, outdated } from '../schedule/clearance';
import { EnforcementService } from '../workspaces/enforcement.service';

/** Calls `deletion` once, with what has to happen before and after it. */
export type EndingPart = (connectionId: string, deletion: () => Promise<void>) => Promise<void>;

/** What strangers make as much of as they like. */
const MADE_BY_ANYBODY = ['sign_in_requests', 'login_attempts'];

/**
 * What else ends with a connection. Rooms above know people through it, and draw their consequences in the
 * transaction that deletes it: together or not at all.
 */
@Injectable()
export class ConnectionEndings {
  private readonly parts: EndingPart[] = [];

  constructor(
    private readonly enforcement: EnforcementService,
    private readonly clearance: Clearance,
  ) {}

  /** Rooms call it in onModuleInit. */
  add(part: EndingPart): void {
    this.parts.push(part);
  }

  /**
   * Deletes, with everybody's part before and after it. Throws 409 `enforcement_depends_on_it` for the last active
   * one of a workspace that refuses passwords.
   */
  async around(connectionId: string, deletion: () => Promise<void>): Promise<void> {
    await this.enforcement.refuseIfLastConnection(connectionId);
    await this.parts.reduce<() => Promise<void>>(
      (inner, part) => () => part(connectionId, inner),
      () => this.inPortions(connectionId, deletion),
    )();
  }

  /** With the connection everything goes that refers to it, in one statement: the bulk of it goes before. */
  private async inPortions(connectionId: string, deletion: () => Promise<void>): Promise<void> {
    for (const table of MADE_BY_ANYBODY) {
      await this.clearance.wholly(outdated(table, 'connection_id = $1', [connectionId]));
    }
    await deletion();
  }
}
