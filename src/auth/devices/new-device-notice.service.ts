import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { type RequestContext, requestContext } from '../../http/request-context';
import { MailService } from '../../mail/mail.service';
import { deviceLabel } from './device-label';
import { newDeviceMail } from './new-device-mail';
import { Places } from './geo/places.service';
import { networkAround } from './whereabouts';

/** A sign-in, and what it was made with. */
export interface Sighting {
  readonly memberId: string;
  readonly userId: string;
  readonly email: string;
  readonly method: string;
  readonly keyHash: Buffer;
  readonly at: Date;
  readonly context: RequestContext;
}

/** Whoever signs in with ever new devices is known by the latest ones. */
const MOST_DEVICES = 50;

/** Of many sign-ins with a device that is new, one is told of; of somebody who is out by now, none. */
const ADD = `
  with present as (
    select id from members where id = $1 and removed_at is null for share
  ), forgotten as (
    delete from member_devices where member_id = $1 and id in
      (select id from member_devices where member_id = $1 order by last_seen_at desc, id desc offset $3)
  )
  insert into member_devices (member_id, key_hash) select id, $2::bytea from present
  on conflict (workspace_id, member_id, key_hash) do nothing returning id`;

/** Puts a new device on record and tells its owner. Opens its own transactions, after the sign-in. */
@Injectable()
export class NewDeviceNotice {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly mails: MailService,
    private readonly trail: AuditTrail,
    private readonly places: Places,
  ) {}

  give(workspaceId: string, sighting: Sighting): Promise<void> {
    return requestContext.run(sighting.context, () =>
      this.database.inWorkspace(workspaceId, () => this.add(sighting)),
    );
  }

  private async add(sighting: Sighting): Promise<void> {
    const { memberId, userId, email, method, keyHash, at } = sighting;
    const added = await this.database.query(ADD, [memberId, keyHash, MOST_DEVICES - 1]);
    if (added.length === 0) return;
    const { ip, userAgent } = sighting.context;
    const device = deviceLabel(userAgent);
    this.trail.record({
      type: 'auth.new_device',
      target: { type: 'member', id: memberId },
      actor: { type: 'user', id: userId, email },
      data: { memberId, method, device, network: networkAround(ip) },
    });
    const [workspace] = await this.database.query<{ name: string }>(
      'select name from workspaces where id = current_workspace_id()',
    );
    this.database.afterCommit(async () => {
      const about = { to: email, workspaceName: workspace!.name, device, ip, place: this.places.of(ip), at };
      await this.mails.send(newDeviceMail({ ...about, link: `${this.config.publicUrl}/login` }));
    });
  }
}
