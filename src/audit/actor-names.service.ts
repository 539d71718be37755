import { Injectable } from '@nestjs/common';
import { isUuid } from '../http/uuid-param';
import type { StoredAuditEvent } from './stored-audit-event.entity';

/** The current name of an actor without an email address, such as an API key or a SCIM directory. */
export interface ActorName {
  readonly id: string;
  /** As people say it before the name: "API key". */
  readonly kind: string;
  readonly name: string;
}

type ActorType = StoredAuditEvent['actorType'];

/** Finds the names of the ids that it knows, in the current transaction's workspace. */
type Finder = (ids: readonly string[]) => Promise<readonly ActorName[]>;

/**
 * Looks up the names of actors that the log knows by id only. Each room registers a finder for its own type of actor.
 */
@Injectable()
export class ActorNames {
  private readonly finders = new Map<ActorType, Finder>();

  /** Registers the finder for one type of actor. Called in onModuleInit. */
  areFoundBy(type: ActorType, finder: Finder): void {
    this.finders.set(type, finder);
  }

  /** The names of the actors of these events, by id. One query for each actor type. */
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
