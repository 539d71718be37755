import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Secret } from '../../../crypto/secret';
import { workerBeside } from '../../../threads/worker-beside';
import { JobLost, WorkerPool } from '../../../threads/worker-pool';
import type { XmlElement } from '../../../xml/xml-element';
import type { Expectations } from '../protocol/checks';
import type { Examination } from '../protocol/examination';
import { SamlRefusal } from '../protocol/refusal';
import { type PackedExamination, unpacked } from './packed-examination';
import type { RootResult, VerificationJob, VerificationResult } from './verification-job';

/** Whom a connection trusts, and where its messages are to be addressed. */
export interface ExaminedConnection {
  readonly id: string;
  readonly idpEntityId: string;
  readonly spEntityId: string;
  readonly acsUrl: string;
  readonly certificates: readonly string[];
  readonly signed: 'assertion' | 'response' | 'both';
  /** PEM; any of them may be the one that the identity provider encrypts for. */
  readonly decryptionKeys: readonly Secret[];
  readonly allowWeakEncryption: boolean;
  /** What was asked for beyond signing in. */
  readonly forceAuthn?: boolean;
  readonly authnContext?: Expectations['authnContext'];
}

const BUDGET_MS = 2000;
const MAX_QUEUED = 256;
/** Limit of queued messages per connection, so that one connection cannot fill the queue of all. */
const MAX_QUEUED_PER_CONNECTION = 32;
const REFUSAL_OF = {
  busy: ['saml_verification_busy', 'The queue is full.'],
  closed: ['saml_verification_busy', 'The service is stopping.'],
  timeout: ['saml_verification_timeout', `It took more than ${BUDGET_MS} ms.`],
  crash: ['saml_verification_failed', 'The worker broke down over it.'],
} as const;

/** Parses posted SAML messages in worker threads, so that no document can block the event loop. */
@Injectable()
export class SamlVerification implements OnApplicationShutdown {
  private readonly pool = new WorkerPool<VerificationJob, VerificationResult>({
    ...workerBeside(__filename, 'verification'),
    size: Math.max(1, availableParallelism() - 1),
    maxQueued: MAX_QUEUED,
    maxQueuedPerOwner: MAX_QUEUED_PER_CONNECTION,
    budgetMs: BUDGET_MS,
  });

  onApplicationShutdown(): Promise<void> {
    return this.pool.close();
  }

  /**
   * Examines a posted SAMLResponse: pre-flight, decryption, signatures, all checks.
   * @returns what was found; that the response is refused is a finding too
   * @throws SamlRefusal when it could not be examined: 503 `saml_verification_busy`, 400 `saml_verification_timeout`,
   *   `saml_verification_failed`
   */
  async response(connection: ExaminedConnection, posted: unknown, now: Date): Promise<Examination> {
    const { id, decryptionKeys, allowWeakEncryption, ...trust } = connection;
    const keys = decryptionKeys.map((key) => key.reveal());
    const terms = { ...trust, now, decryption: { keys, allowWeak: allowWeakEncryption } };
    const result = await this.run(id, { kind: 'response', posted: textOf(posted), terms });
    return unpacked(result as PackedExamination);
  }

  /**
   * Verifies a posted message that carries its own signature, such as a LogoutRequest: see `verifySignedRoot`.
   * @returns the root element as it was signed
   * @throws SamlRefusal as `verifySignedRoot` and `response`
   */
  async signedRoot(
    connection: { readonly id: string; readonly certificates: readonly string[] },
    posted: unknown,
    roots: readonly string[],
  ): Promise<XmlElement> {
    const { id, certificates } = connection;
    const result = (await this.run(id, {
      kind: 'root',
      posted: textOf(posted),
      terms: { roots, certificates },
    })) as RootResult;
    if ('refusal' in result) throw new SamlRefusal(result.refusal.code, result.refusal.reason);
    return result.root;
  }

  private async run(connectionId: string, job: VerificationJob): Promise<VerificationResult> {
    try {
      return await this.pool.run(connectionId, job);
    } catch (error) {
      if (error instanceof JobLost) throw lost(error);
      throw error;
    }
  }
}

function lost({ why }: JobLost): SamlRefusal {
  const [code, reason] = REFUSAL_OF[why];
  return new SamlRefusal(code, reason);
}

/** A form field that is not a text counts as missing. */
function textOf(posted: unknown): string | undefined {
  return typeof posted === 'string' ? posted : undefined;
}
