import { Injectable } from '@nestjs/common';

/** Everything by which the workspace in flight knows somebody. */
export interface KnownPerson {
  readonly memberId: string;
  readonly userId: string;
  /** Every address and sign-in name ever seen of them here, in lower case. */
  readonly names: readonly string[];
  /** How a directory calls them, as it spelled it. */
  readonly externalId: string | null;
  /** How providers call them. */
  readonly subjects: readonly { readonly connectionId: string; readonly subject: string }[];
  /** Whether another workspace knows the same user: what is common to both is not this workspace's to erase. */
  readonly isElsewhere: boolean;
}

/** What a room keeps of people, in the workspace in flight. */
export interface PersonalDataSource {
  /** What it is called in an export. */
  readonly name: string;
  /** All of it, fit to be shown to the person; no secrets. */
  export(person: KnownPerson): Promise<unknown>;
  /**
   * What of an erasure takes long where a room keeps much, done before anybody is held up: `erase` follows in the same
   * transaction.
   */
  sweep?(person: KnownPerson): Promise<void>;
  /** Takes it out for good. Rows may stay where the history needs them; nothing in them leads to the person. */
  erase(person: KnownPerson): Promise<void>;
}

/** Where rooms say what they keep of people. A room that forgets to is found by the test that erases somebody. */
@Injectable()
export class PersonalData {
  private readonly sources: PersonalDataSource[] = [];

  /** Rooms do so in onModuleInit. */
  add(source: PersonalDataSource): void {
    this.sources.push(source);
  }

  /** By the names of the sources. */
  async export(person: KnownPerson): Promise<Record<string, unknown>> {
    const exported: Record<string, unknown> = {};
    for (const source of this.sources) exported[source.name] = await source.export(person);
    return exported;
  }

  async sweep(person: KnownPerson): Promise<void> {
    for (const source of this.sources) await source.sweep?.(person);
  }

  /** What `sweep` has left. Answers the names of the sources. */
  async erase(person: KnownPerson): Promise<string[]> {
    for (const source of this.sources) await source.erase(person);
    return this.sources.map(({ name }) => name);
  }
}
