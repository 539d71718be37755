import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';

export interface PasswordAccount {
  readonly userId: string;
  readonly passwordHash: string | null;
  /** Where the person is or once was a member, oldest first. Whether still, only the workspace itself can say. */
  readonly workspaces: readonly { readonly id: string; readonly slug: string }[];
}

interface AccountRow {
  user_id: string;
  password_hash: string | null;
  id: string | null;
  slug: string | null;
}

const PASSWORD_ACCOUNT = `
  select u.id as user_id, u.password_hash, w.id, w.slug
    from users u
    left join user_workspaces uw on uw.user_id = u.id
    left join workspaces w on w.id = uw.workspace_id
   where u.email = $1 and u.email_claimed
   order by w.created_at`;

/** People's login identities, over all workspaces. */
@Injectable()
export class UsersService {
  constructor(private readonly database: Database) {}

  /** The person who proved this address, with the workspaces to look in. One round trip. */
  async findPasswordAccount(email: string): Promise<PasswordAccount | undefined> {
    const rows = await this.database.lookUp<AccountRow>('password_account', PASSWORD_ACCOUNT, [email]);
    const [first] = rows;
    if (!first) return undefined;
    return {
      userId: first.user_id,
      passwordHash: first.password_hash,
      workspaces: rows.flatMap(({ id, slug }) => (id && slug ? [{ id, slug }] : [])),
    };
  }

  /** The workspace with this slug, whoever belongs to it. */
  async findWorkspaceBySlug(slug: string): Promise<string | undefined> {
    const rows = await this.database.lookUp<{ id: string }>(
      'workspace_by_slug',
      'select id from workspaces where slug = $1',
      [slug],
    );
    return rows[0]?.id;
  }

  /** The workspace with this slug or id, if this person is or once was a member there. */
  async findWorkspaceOf(userId: string, slugOrId: string): Promise<string | undefined> {
    const rows = await this.database.lookUp<{ id: string }>(
      'workspace_of_user',
      `select w.id from workspaces w join user_workspaces uw on uw.workspace_id = w.id
        where uw.user_id = $1 and (w.slug = $2 or w.id::text = lower($2))`,
      [userId, slugOrId],
    );
    return rows[0]?.id;
  }
}
