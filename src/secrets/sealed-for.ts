/** Which value a ciphertext is. */
export interface SecretVersion {
  readonly id: string;
  readonly purpose: string;
  readonly version: number;
}

/** What a secret is sealed for: it opens as this version of this row, in its workspace, for its purpose. */
export function sealedFor(workspaceId: string, { id, purpose, version }: SecretVersion): string {
  const place = ['secrets', workspaceId, id, purpose];
  return [...place, ...(version === 1 ? [] : [version])].join('|');
}
