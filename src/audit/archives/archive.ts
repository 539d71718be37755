/** Some seals of a workspace, in a file. */
export interface Archive {
  readonly id: string;
  readonly workspaceId: string;
  readonly fromSeal: number;
  readonly toSeal: number;
  readonly entries: number;
  readonly firstTime: Date;
  readonly lastTime: Date;
  /** The head of the seal before the first, and of the last. */
  readonly previous: string;
  readonly head: string;
  /** Below the directory of archives. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAt: Date;
  readonly emptiedAt: Date | null;
}

/** The first line of an archive: what the rest of it must turn out to be. */
export type ArchiveHeader = Readonly<{
  archive: Pick<Archive, 'workspaceId' | 'fromSeal' | 'toSeal' | 'previous' | 'head'> & { version: 1 };
}>;

/** Seals that may leave together. */
export type Range = Pick<Archive, 'fromSeal' | 'toSeal' | 'previous' | 'head'>;

export const headerOf = (
  workspaceId: string,
  { fromSeal, toSeal, previous, head }: Range,
): ArchiveHeader => ({ archive: { version: 1, workspaceId, fromSeal, toSeal, previous, head } });
