import { Injectable } from '@nestjs/common';
import { IsNull, LessThan } from 'typeorm';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { HOUR_MS } from '../../config/durations';
import { issueCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { NotFound } from '../../http/problems';
import { MailQueue } from '../../mail/queue/mail-queue.service';
import { ConnectionReader } from '../connection-reader.service';
import { SetupLink } from './setup-link.entity';
import { setupLinkMail } from './setup-link-mail';

export interface SetupLinkTerms {
  readonly expiresInHours: number;
  readonly contactEmail?: string | undefined;
}

/** The setup links of connections, in the workspace in flight, as administrators handle them. */
@Injectable()
export class SetupLinks {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly reader: ConnectionReader,
    private readonly mail: MailQueue,
    private readonly config: Config,
  ) {}

  /** Makes a link, and mails it after COMMIT if there is an address. Throws NotFound. */
  async create(
    creator: UserPrincipal,
    connectionId: string,
    { expiresInHours, contactEmail }: SetupLinkTerms,
  ): Promise<{ link: SetupLink; url: string }> {
    const { connection } = await this.reader.getForChange(connectionId);
    const id = uuidV7();
    const { text, hash } = issueCredential('ghu', this.database.workspaceId, id);
    const expiresAt = new Date(Date.now() + expiresInHours * HOUR_MS);
    await this.links.insert({
      ...{ id, connectionId, secretHash: hash, expiresAt },
      ...{ contactEmail: contactEmail ?? null, createdBy: creator.memberId },
    });
    this.trail.record({
      type: 'setup_link.created',
      target: { type: 'setup_link', id },
      data: { connectionId, connection: connection.name, contactEmail: contactEmail ?? null, expiresAt },
    });
    const url = `${this.config.publicUrl}/setup/${text}`;
    if (contactEmail !== undefined) {
      const letter = setupLinkMail({
        ...{ to: contactEmail, workspaceName: creator.workspace.name, connectionName: connection.name },
        ...{ sentBy: creator.displayName ?? creator.email, expiresAt, link: url },
      });
      this.mail.add(letter, id);
    }
    return { link: await this.get(connectionId, id), url };
  }

  /** Newest first, dead ones too; one row more than the page holds. Throws NotFound. */
  async list(connectionId: string, { limit, cursor }: PageQuery): Promise<SetupLink[]> {
    await this.reader.refuseUnknown(connectionId);
    return this.links.find({
      where: { connectionId, ...(cursor && { id: LessThan(decodeCursor(cursor)) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** Whoever is at work with it is out at the next request. Throws NotFound. */
  async revoke(connectionId: string, id: string): Promise<void> {
    await this.reader.refuseUnknown(connectionId);
    const { affected } = await this.links.update(
      { id, connectionId, revokedAt: IsNull() },
      { revokedAt: () => 'now()' },
    );
    const { contactEmail } = await this.get(connectionId, id);
    if (!affected) return this.trail.nothingChanged();
    this.trail.record({
      type: 'setup_link.revoked',
      target: { type: 'setup_link', id },
      data: { connectionId, contactEmail },
    });
  }

  private async get(connectionId: string, id: string): Promise<SetupLink> {
    const link = await this.links.findOneBy({ id, connectionId });
    if (!link) throw new NotFound('Setup link');
    return link;
  }

  private get links() {
    return this.database.repository(SetupLink);
  }
}
