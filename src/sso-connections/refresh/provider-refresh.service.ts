import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { refuseIncomplete } from '../completeness';
import type { ConnectionWithSettings } from '../connection.dto';
import { ConnectionReader } from '../connection-reader.service';
import { bySystem, type RevisionAuthor } from '../revisions/revision-author';
import { ProviderRereading } from './provider-rereading.service';
import { RefreshOutcomes } from './refresh-outcomes.service';
import { RefreshRecords } from './refresh-records.service';

/** Strangers can provoke the question for an unknown key, so the provider is asked this rarely. */
const PAUSE_AFTER_UNKNOWN_KEY_SECONDS = 600;

const NO_FAULT_OF_THE_PROVIDER: ReadonlySet<string> = new Set(['nothing_to_refresh', 'connection_changed']);

type ConnectionRef = { readonly id: string; readonly workspaceId: string };

/**
 * Keeps up with what identity providers say about themselves: new certificates, moved endpoints. What changed becomes
 * a revision. Opens its own transactions; none waits for a provider.
 */
@Injectable()
export class ProviderRefresh {
  constructor(
    private readonly database: Database,
    private readonly reader: ConnectionReader,
    private readonly rereading: ProviderRereading,
    private readonly outcomes: RefreshOutcomes,
    private readonly records: RefreshRecords,
  ) {}

  /**
   * Asks the provider now; answers whether anything changed. Throws 404, 409 `connection_incomplete`, `connection_changed`, and what
   * ProviderRereading throws: recorded before it is thrown.
   */
  async refresh(
    { id, workspaceId }: ConnectionRef,
    author: RevisionAuthor = bySystem('metadata_refresh'),
    now = new Date(),
  ): Promise<boolean> {
    const current = await this.database.inWorkspace(workspaceId, async () => {
      const found = await this.reader.get(id);
      refuseIncomplete(found);
      await this.records.claim(id, 0, now);
      return found;
    });
    return this.take(workspaceId, current, author, now);
  }

  /**
   * For a sign-in whose signature is by none of the known keys: perhaps the provider has a new one. Answers whether
   * the connection has changed, so that trying once more makes sense. The provider is asked at most once in ten
   * minutes per connection, over all instances; its failures are recorded and not thrown.
   */
  async afterUnknownKey({ id, workspaceId }: ConnectionRef, now = new Date()): Promise<boolean> {
    const current = await this.database.inWorkspace(workspaceId, async () => {
      const found = await this.reader.get(id);
      if (!found.saml?.metadataUrl) return undefined;
      return (await this.records.claim(id, PAUSE_AFTER_UNKNOWN_KEY_SECONDS, now)) ? found : undefined;
    });
    if (!current) return false;
    try {
      return await this.take(workspaceId, current, bySystem('metadata_refresh'), now);
    } catch (failure) {
      if (failure instanceof Problem) return false;
      throw failure;
    }
  }

  private async take(
    workspaceId: string,
    current: ConnectionWithSettings,
    author: RevisionAuthor,
    now: Date,
  ): Promise<boolean> {
    try {
      const reread = await this.rereading.reread(current, now);
      return await this.database.inWorkspace(workspaceId, () =>
        this.outcomes.succeeded(current, reread, author, now),
      );
    } catch (failure) {
      if (failure instanceof Problem && !NO_FAULT_OF_THE_PROVIDER.has(failure.code)) {
        await this.database.inWorkspace(workspaceId, () =>
          this.outcomes.failed(current, failure, author, now),
        );
      }
      throw failure;
    }
  }
}
