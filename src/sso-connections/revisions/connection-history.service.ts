import { Injectable } from '@nestjs/common';
import type { PageQuery } from '../../http/page';
import type { ConnectionWithSettings } from '../connection.dto';
import { ConnectionAdmin } from '../connection-admin.service';
import { ConnectionReader } from '../connection-reader.service';
import type { SsoConnection } from '../sso-connection.entity';
import type { ConnectionRevision } from './connection-revision.entity';
import { ConnectionRevisions } from './connection-revisions.service';

/** A revision as its history is told. */
export type ToldRevision = Readonly<ConnectionRevision>;

export interface History {
  readonly connection: SsoConnection;
  readonly revisions: ConnectionRevision[];
}

/** What administrators see and do of the history of a connection. */
@Injectable()
export class ConnectionHistory {
  constructor(
    private readonly reader: ConnectionReader,
    private readonly revisions: ConnectionRevisions,
    private readonly admin: ConnectionAdmin,
  ) {}

  /** The connection, and of its revisions one more than the page holds, newest first. Throws NotFound. */
  async list(id: string, query: PageQuery): Promise<History> {
    const { connection } = await this.reader.get(id);
    return { connection, revisions: await this.revisions.list(id, query) };
  }

  /** Throws NotFound, first for the connection and then for what is no number of a revision of it. */
  async restore(id: string, number: string): Promise<ConnectionWithSettings> {
    return this.admin.restore(id, /^[1-9]\d{0,8}$/.test(number) ? Number(number) : 0, { origin: 'restore' });
  }
}
