/** A group as directories see it, without its members: those can be many. */
export interface DirectoryGroup {
  readonly id: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly createdAt: Date;
  /** When it or its membership changed last. */
  readonly changedAt: Date;
  /** Another one after every change to it or its membership. */
  readonly version: string;
}

/** What a directory may say about a group. */
export interface GroupProfile {
  readonly displayName: string;
  readonly externalId: string | null;
}

/** A user or group that is in a group. */
export interface GroupMember {
  readonly value: string;
  readonly type: 'User' | 'Group';
  readonly display: string;
}

/** A group that a member is in, by themselves or through another group. */
export interface GroupOfMember {
  readonly value: string;
  readonly display: string;
  readonly type: 'direct' | 'indirect';
}

/** A condition over {@link GROUP_COLUMNS} with parameters $1, $2, … */
export interface GroupCondition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What of a group conditions may be about, as SQL. */
export const GROUP_COLUMNS = {
  id: 'g.id',
  displayName: 'g.display_name',
  /** In lower case, and the one of the two that an index serves. */
  displayNameKey: 'g.display_name_key',
  externalId: 'g.external_id',
  createdAt: 'g.created_at',
  changedAt: `(select max(t.at) from tallies t where t.subject = g.id and t.kind = 'changes')`,
} as const;
