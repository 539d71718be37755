import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import { Conflict } from '../http/problems';
import { Member } from './member.entity';
import { UsersService } from './users.service';

export interface Founding {
  readonly slug: string;
  readonly name: string;
  readonly adminEmail: string;
  readonly adminName?: string;
  /** The id of the admin's user, when known; otherwise the user with this proven email address, or a new one. */
  readonly adminUserId?: string;
  /** Of a new user; an existing one keeps the password it has. */
  readonly adminPasswordHash?: string;
  /** The password is short, so it must not sign in without a second factor. */
  readonly adminPasswordNeedsFactor?: boolean;
}

export interface Founded {
  readonly workspaceId: string;
  readonly userId: string;
  readonly memberId: string;
  readonly createdAt: Date;
}

/** Makes a workspace together with its first admin: there is no moment at which it has none. */
@Injectable()
export class FoundingService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws 409 `slug_taken`. */
  async found(founding: Founding): Promise<Founded> {
    const workspaceId = uuidV7();
    return this.database.inWorkspace(workspaceId, async () => {
      const [made] = await this.database.query<{ created_at: Date }>(
        'insert into workspaces (id, slug, name) values ($1, $2, $3) on conflict do nothing returning created_at',
        [workspaceId, founding.slug, founding.name],
      );
      if (!made) throw new Conflict('slug_taken', `The slug ${founding.slug} is taken.`);
      const userId =
        founding.adminUserId ??
        (await this.users.claim(founding.adminEmail, {
          name: founding.adminName ?? null,
          passwordHash: founding.adminPasswordHash ?? null,
          passwordNeedsFactor: founding.adminPasswordNeedsFactor ?? false,
        }));
      await this.database.query('insert into workspace_policies default values');
      const { identifiers } = await this.database.repository(Member).insert({
        userId,
        email: founding.adminEmail,
        userName: founding.adminEmail,
        displayName: founding.adminName ?? null,
        role: 'admin',
        source: 'founder',
      });
      const memberId = (identifiers[0] as { id: string }).id;
      const actor = { type: 'user', id: userId, email: founding.adminEmail } as const;
      this.trail.record({
        type: 'workspace.created',
        target: { type: 'workspace', id: workspaceId },
        data: { slug: founding.slug, name: founding.name },
        actor,
      });
      this.trail.record({
        type: 'workspace.member_joined',
        target: { type: 'member', id: memberId },
        data: { email: founding.adminEmail, role: 'admin', source: 'founder' },
        actor,
      });
      return { workspaceId, userId, memberId, createdAt: made.created_at };
    });
  }
}
