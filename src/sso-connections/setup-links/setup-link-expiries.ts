import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { type ExpirySource, Expiries, type Watched } from '../../expiries/expiries';

/** Setup links that are open: somebody without an account can change a connection by them, and soon cannot any more. */
@Injectable()
export class SetupLinkExpiries implements ExpirySource, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly expiries: Expiries,
  ) {}

  onModuleInit(): void {
    this.expiries.add(this);
  }

  /** Of each connection the link that lasts longest: it is one set-up that ends, by however many links. */
  async watched(now: Date): Promise<Watched[]> {
    const open = await this.database.query<{
      id: string;
      connection: string;
      name: string;
      expires_at: Date;
    }>(
      `select distinct on (l.connection_id) l.id, c.id as connection, c.name, l.expires_at from setup_links l join sso_connections c on c.id = l.connection_id
        where l.revoked_at is null and l.expires_at > $1
        order by l.connection_id, l.expires_at desc`,
      [now],
    );
    return open.map(({ id, connection: connectionId, name, expires_at: expiresAt }) => ({
      kind: 'setup_link',
      subject: { type: 'setup_link', id, name, connectionId },
      expiresAt,
      what: `A setup link of ${name}`,
      action: 'Make another one if the set-up is not done by then; revoke it when it is.',
      // A link is meant to end: whoever made it chose the day, and nobody is woken up for it.
      severity: 'notice',
      toldElsewhere: true,
    }));
  }
}
