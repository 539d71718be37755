/** The seals `fromSeal` to `toSeal` of a workspace with their entries, in one file. */
export interface Archive {
  readonly id: string;
  readonly workspaceId: string;
  readonly fromSeal: number;
  readonly toSeal: number;
  readonly entries: number;
  readonly firstTime: Date;
  readonly lastTime: Date;
  /** `previous`: head of the seal before the first. `head`: head of the last seal. */
  readonly previous: string;
  readonly head: string;
  /** Path below the archive directory. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAt: Date;
  readonly emptiedAt: Date | null;
}

/** The first line of an archive file. The lines after it must match it. */
export type ArchiveHeader = Readonly<{
  archive: Pick<Archive, 'workspaceId' | 'fromSeal' | 'toSeal' | 'previous' | 'head'> & { version: 1 };
}>;

/** Consecutive seals to archive together. */
export type Range = Pick<Archive, 'fromSeal' | 'toSeal' | 'previous' | 'head'>;

export const headerOf = (
  workspaceId: string,
  { fromSeal, toSeal, previous, head }: Range,
): ArchiveHeader => ({ archive: { version: 1, workspaceId, fromSeal, toSeal, previous, head } });
