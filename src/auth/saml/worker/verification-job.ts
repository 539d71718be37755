import type { XmlElement } from '../../../xml/xml-element';
import type { ExaminationTerms } from '../protocol/examination';
import { examine } from '../protocol/examination';
import { decodePosted } from '../protocol/preflight';
import { SamlRefusal, type SamlRefusalCode } from '../protocol/refusal';
import { type SignedRootTerms, verifySignedRoot } from '../protocol/signed-root';
import { packed, type PackedExamination } from './packed-examination';

/** What a worker is asked, as plain data: one message of one connection, and whom the connection trusts. */
export type VerificationJob =
  | { readonly kind: 'response'; readonly posted: unknown; readonly terms: ExaminationTerms }
  | { readonly kind: 'root'; readonly posted: unknown; readonly terms: SignedRootTerms };

export type RootResult =
  | { readonly root: XmlElement }
  | { readonly refusal: { readonly code: SamlRefusalCode; readonly reason: string } };

export type VerificationResult = PackedExamination | RootResult;

/** Does one job. Bad messages are results; only a fault of our own is thrown. */
export function work(job: VerificationJob): VerificationResult {
  if (job.kind === 'response') return packed(examine({ samlResponse: job.posted }, job.terms));
  try {
    return { root: verifySignedRoot(decodePosted(job.posted), job.terms) };
  } catch (error) {
    if (!(error instanceof SamlRefusal)) throw error;
    return { refusal: { code: error.code, reason: error.extra.reason ?? error.detail } };
  }
}
