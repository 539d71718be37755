import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { requestContext } from '../../http/request-context';
import { BadRequest, Conflict, Problem } from '../../http/problems';
import { workerBeside } from '../../threads/worker-beside';
import { JobLost, WorkerPool } from '../../threads/worker-pool';
import type { IdpMetadata, MetadataTerms } from '../saml-metadata';
import { type MetadataJob, type MetadataResult, readMetadata } from './metadata-job';

/** The metadata of one provider is smaller, and read in a few milliseconds at most; that of federations is larger. */
const SMALL_BYTES = 64 * 1024;
const BUDGET_MS = 5000;

/** Reads metadata of identity providers, and verifies its signature where that is demanded: large ones in a thread. */
@Injectable()
export class MetadataReader implements OnApplicationShutdown {
  private readonly pool = new WorkerPool<MetadataJob, MetadataResult>({
    ...workerBeside(__filename, 'metadata'),
    size: 1,
    maxQueued: 32,
    maxQueuedPerOwner: 4,
    budgetMs: BUDGET_MS,
  });

  onApplicationShutdown(): Promise<void> {
    return this.pool.close();
  }

  /**
   * @param document its text or bytes
   * @throws BadRequest with a code of `MetadataFault`, or `metadata_unreadable`; 409 `metadata_expired`; 503
   *   `metadata_busy`
   */
  async read(document: string | Uint8Array, now: Date, terms: MetadataTerms): Promise<IdpMetadata> {
    const job = { document, now, terms };
    const result = document.length <= SMALL_BYTES ? readMetadata(job) : await this.inThread(job);
    if ('metadata' in result) return result.metadata;
    const { code, message } = result.refusal;
    throw code === 'metadata_expired' ? new Conflict(code, message) : new BadRequest(code, message);
  }

  private async inThread(job: MetadataJob): Promise<MetadataResult> {
    const context = requestContext.current();
    try {
      return await this.pool.run(context?.caller?.workspaceId ?? context?.deputy?.id ?? 'schedule', job);
    } catch (error) {
      if (!(error instanceof JobLost)) throw error;
      if (error.why === 'timeout' || error.why === 'crash')
        throw new BadRequest('metadata_unreadable', 'Reading the metadata took too much time or memory.');
      throw new Problem(503, 'metadata_busy', 'Too much metadata is being read at this moment; try again.');
    }
  }
}
