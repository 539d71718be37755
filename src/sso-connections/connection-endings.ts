import { Injectable } from '@nestjs/common';
import { EnforcementService } from '../workspaces/enforcement.service';

/** Calls `deletion` once, with what has to happen before and after it. */
export type EndingPart = (connectionId: string, deletion: () => Promise<void>) => Promise<void>;

/**
 * What else ends with a connection. Rooms above know people through it, and draw their consequences in the
 * transaction that deletes it: together or not at all.
 */
@Injectable()
export class ConnectionEndings {
  private readonly parts: EndingPart[] = [];

  constructor(private readonly enforcement: EnforcementService) {}

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
      deletion,
    )();
  }
}
