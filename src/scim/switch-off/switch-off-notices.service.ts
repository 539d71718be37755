import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { AdminMail } from '../../mail/admin-mail';
import type { LargeChange } from '../../members/large-changes/large-changes.service';
import type { SwitchOffMode } from './switch-off-plan.service';

/** Whom it concerned: how many, and some of them by their ids. */
interface Concern {
  readonly concerned: number;
  readonly ids: readonly string[];
  readonly underWay: LargeChange | undefined;
}

const WHAT_BECAME: Readonly<Record<SwitchOffMode, string>> = {
  convert: 'The people of the directory stay with their roles, and are managed by hand from now on.',
  suspend: 'The people of the directory are out, with their sessions; API keys follow the policy.',
  keep: 'The people of the directory stay as they are, so that another directory can go on with them.',
};

/** What the audit log and the admins learn of it. */
@Injectable()
export class SwitchOffNotices {
  constructor(
    private readonly mail: AdminMail,
    private readonly trail: AuditTrail,
  ) {}

  async switchedOff(
    id: string,
    mode: SwitchOffMode,
    { concerned, ids, underWay }: Concern,
    ended: readonly { readonly name: string }[],
  ): Promise<void> {
    const target = { type: 'directory_switch_off', id };
    const credentials = ended.map(({ name }) => name);
    const data = { mode, members: concerned, memberIds: ids, credentials, ...idOf(underWay) };
    this.trail.record({ type: 'scim.switched_off', target, data });
    await this.mail.send({
      subject: 'The directory was switched off',
      paragraphs: [
        `${WHAT_BECAME[mode]} This concerns ${concerned} members. No credential of a directory works any more.`,
        'It can be undone for seven days.',
      ],
      items: credentials,
    });
  }

  async undone(
    id: string,
    mode: SwitchOffMode,
    { members, underWay }: { readonly members: number; readonly underWay: LargeChange | undefined },
    back: readonly { readonly name: string }[],
  ): Promise<void> {
    const credentials = back.map(({ name }) => name);
    const target = { type: 'directory_switch_off', id };
    this.trail.record({
      type: 'scim.switch_off_undone',
      target,
      data: { mode, members, credentials, ...idOf(underWay) },
    });
    await this.mail.send({
      subject: 'Switching the directory off was undone',
      paragraphs: [
        `Its credentials work again, and ${members} members are again what they were. Sessions that ended stay ended.`,
      ],
      items: credentials,
    });
  }
}

const idOf = (underWay: LargeChange | undefined): { largeChangeId?: string } =>
  underWay ? { largeChangeId: underWay.id } : {};
