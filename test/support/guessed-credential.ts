import {
  type CredentialPrefix,
  issueCredential,
  prefixOf,
  readCredential,
} from '../../src/crypto/credential';

/** Of the same kind and for the same row as `text`, checksum and all; only the secret is another. */
export function guessedFrom(text: string): string {
  const prefix = prefixOf(text) as CredentialPrefix;
  const { workspaceId, id } = readCredential(prefix, text)!;
  return issueCredential(prefix, workspaceId, id).text;
}
