import { Injectable } from '@nestjs/common';
import { isUuid } from '../http/uuid-param';
import type { StoredAuditEvent } from './stored-audit-event.entity';

/** What somebody without an address is called now. */
export interface ActorName {
  readonly id: string;
  /** As people say it before the name: "API key". */
  readonly kind: string;
  readonly name: string;
}

type ActorType = StoredAuditEvent['actorType'];

/** Names of those among the ids that are known, in the workspace in flight. */
type Finder = (ids: readonly string[]) => Promise<readonly ActorName[]>;

/** What the programs are called that the log knows by their ids. The rooms whose programs they are tell it. */
@Injectable()
export class ActorNames {
  private readonly finders = new Map<ActorType, Finder>();

  /** How those of a type are found by their ids. Rooms say so in onModuleInit. */
  areFoundBy(type: ActorType, finder: Finder): void {
    this.finders.set(type, finder);
  }

  /** By id, of all that did these events: one look for each type of them. */
  async of(
    events: readonly Pick<StoredAuditEvent, 'actorType' | 'actorId'>[],
  ): Promise<ReadonlyMap<string, ActorName>> {
    const found = await Promise.all(
      [...this.finders].map(async ([type, finder]) => {
        const ids = events.flatMap(({ actorType, actorId }) =>
          actorType === type && actorId !== null && isUuid(actorId) ? [actorId] : [],
        );
        return ids.length === 0 ? [] : finder([...new Set(ids)]);
      }),
    );
    return new Map(found.flat().map((name) => [name.id, name]));
  }
}
