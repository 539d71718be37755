import { type IdpMetadata, type MetadataTerms, parseIdpMetadata } from '../saml-metadata';
import { type MetadataFault, MetadataRefused } from './metadata-refused';

/** One document to read, as plain data. */
export interface MetadataJob {
  readonly document: string | Uint8Array;
  readonly now: Date;
  readonly terms: MetadataTerms;
}

export type MetadataResult =
  | { readonly metadata: IdpMetadata }
  | { readonly refusal: { readonly code: MetadataFault; readonly message: string } };

/** Does one job. Bad documents are results; only a fault of our own is thrown. */
export function readMetadata({ document, now, terms }: MetadataJob): MetadataResult {
  try {
    return { metadata: parseIdpMetadata(document, now, terms) };
  } catch (error) {
    if (!(error instanceof MetadataRefused)) throw error;
    return { refusal: { code: error.code, message: error.message } };
  }
}
