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

  /** The user who has proven this address, with their workspaces. One round trip. */
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

  /** The address and password hash of a user; undefined without a password. */
  async passwordOf(userId: string): Promise<{ email: string; passwordHash: string } | undefined> {
    const [row] = await this.database.lookUp<{ email: string; password_hash: string }>(
      'password_account_of_user',
      'select email, password_hash from users where id = $1 and email_claimed and password_hash is not null',
      [userId],
    );
    return row && { email: row.email, passwordHash: row.password_hash };
  }

  /**
   * The user who has proven this address, created with `given` if there is none. Keeps an existing password. Runs in
   * the current transaction of any workspace; concurrent calls return the same user.
   */
  async claim(
    email: string,
    given: { name?: string | null; passwordHash?: string | null; passwordNeedsFactor?: boolean } = {},
  ): Promise<string> {
    const needsFactor = given.passwordNeedsFactor ?? false;
    const values = [email, given.name ?? null, given.passwordHash ?? null, needsFactor];
    const [made] = await this.database.query<{ id: string }>(
      `insert into users (email, email_claimed, name, password_hash, password_needs_factor)
       values ($1, true, $2, $3, $4)
       on conflict (email) where email_claimed do nothing returning id`,
      values,
    );
    if (made) return made.id;
    const [known] = given.passwordHash
      ? await this.database.query<{ id: string }>(
          `update users set password_hash = coalesce(password_hash, $2),
                  password_needs_factor = case when password_hash is null then $3 else password_needs_factor end
            where email = $1 and email_claimed returning id`,
          [email, given.passwordHash, needsFactor],
        )
      : await this.database.query<{ id: string }>('select id from users where email = $1 and email_claimed', [
          email,
        ]);
    return known!.id;
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
