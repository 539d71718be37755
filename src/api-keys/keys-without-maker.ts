import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { AdminMail } from '../mail/admin-mail';
import { EveryWorkspace } from '../schedule/every-workspace';
import { Schedule } from '../schedule/schedule';

const EVERY_SECONDS = 300;
const MOST_NAMED = 20;

/**
 * Where the policy keeps keys of members who leave, mails admins the keys without an owner: within minutes, once per
 * key and departure.
 */
@Injectable()
export class KeysWithoutMaker implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
    private readonly mail: AdminMail,
  ) {}

  onModuleInit(): void {
    this.schedule.every('api_keys.without_maker', EVERY_SECONDS, (_now, stopping) =>
      this.workspaces.inEach(() => this.announce(), stopping),
    );
  }

  /** In the workspace in flight. */
  private async announce(): Promise<void> {
    const keys = await this.database.query<{ notice: string; name: string; hint: string; maker: string }>(
      `select 'api_key_without_maker:' || k.id || ':' || extract(epoch from k.creator_left_at) as notice,
              k.name, k.hint, m.email as maker
         from api_keys k join members m on m.id = k.created_by
        where k.creator_left_at is not null and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > now())
        order by k.name, k.id`,
    );
    if (keys.length === 0) return;
    const untold = new Set(await this.mail.untold(keys.map(({ notice }) => notice)));
    const news = keys.filter(({ notice }) => untold.has(notice));
    if (news.length === 0) return;
    const items = news.map(({ name, hint, maker }) => `${name} (…${hint}), made by ${maker}`);
    await this.mail.send({
      subject: 'API keys whose maker has left',
      paragraphs: [
        'Whoever made these API keys is no member any more. By the policy of the workspace the keys go on working.',
        'Adopt each one that is still needed, so that somebody answers for it, and revoke the others. ' +
          'GET /v1/api-keys?flag=creator_left lists them.',
      ],
      items:
        items.length > MOST_NAMED
          ? [...items.slice(0, MOST_NAMED), `and ${items.length - MOST_NAMED} more`]
          : items,
      tells: news.map(({ notice }) => notice),
    });
  }
}
