import { Injectable } from '@nestjs/common';
import type { PageQuery } from '../../http/page';
import type { ConnectionWithSettings } from '../connection.dto';
import { ConnectionAdmin } from '../connection-admin.service';
import { ConnectionReader } from '../connection-reader.service';
import type { ConnectionRevision } from './connection-revision.entity';
import { ConnectionRevisions } from './connection-revisions.service';

/** What administrators see and do of the history of a connection. */
@Injectable()
export class ConnectionHistory {
  constructor(
    private readonly reader: ConnectionReader,
    private readonly revisions: ConnectionRevisions,
    private readonly admin: ConnectionAdmin,
  ) {}

  /** One revision more than the page holds, newest first, and the number in force. Throws NotFound. */
  async list(id: string, query: PageQuery): Promise<{ revisions: ConnectionRevision[]; live: number }> {
    const { connection } = await this.reader.get(id);
    return { revisions: await this.revisions.list(id, query), live: connection.revision };
  }

  /** Throws NotFound, first for the connection and then for what is no number of a revision of it. */
  async restore(id: string, number: string): Promise<ConnectionWithSettings> {
    return this.admin.restore(id, /^[1-9]\d{0,8}$/.test(number) ? Number(number) : 0, { origin: 'restore' });
  }
}
