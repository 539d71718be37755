import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsObject } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { IsEmailAddress } from '../../http/is-email-address';
import { pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { MailRoad } from '../../mail/mail';
import type { MailFate, MailStatus } from '../../mail/queue/mail-queue.service';
import type { Invitation, InvitationStatus } from './invitation.entity';
import { MOST_INVITED_AT_ONCE, type RowOutcome } from './row-outcome';

const MAIL_STATUSES: MailStatus[] = ['queued', 'sent', 'failed', 'cancelled'];

export class CreateInvitationDto {
  @ApiProperty({ format: 'email', example: 'ada@acme.test' })
  @IsEmailAddress()
  email: string;

  @ApiProperty({ enum: ROLES, description: 'What they may do; `GET /v1/roles` says what each role includes' })
  @IsIn(ROLES)
  role: Role;

  @ApiPropertyOptional({ default: false, description: 'Whether the member will be in the group `approvers`' })
  @WhenGiven()
  @IsBoolean()
  approver?: boolean;
}

export class BulkInvitationDto {
  @ApiProperty({
    type: [CreateInvitationDto],
    maxItems: MOST_INVITED_AT_ONCE,
    description: 'Each row stands for itself: one that is refused says why and holds up no other.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_INVITED_AT_ONCE)
  @IsObject({ each: true })
  invitations: object[];
}

/** What may be shown of an invitation. Its link goes into the mail and nowhere else. */
export class InvitationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ enum: ROLES, description: 'What they may do; `GET /v1/roles` says what each role includes' })
  role: Role;

  @ApiProperty({ description: 'Whether the member is in the group `approvers`' })
  approver: boolean;

  @ApiProperty({
    enum: ['pending', 'accepted', 'revoked', 'expired'],
    description: '`pending`: its link can be used',
  })
  status: InvitationStatus;

  @ApiProperty({ format: 'uuid', description: 'The member who sent it last' })
  invitedBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'Until then its link can be used' })
  expiresAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null: it was not accepted',
  })
  acceptedAt: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it was not revoked' })
  revokedAt: string | null;

  @ApiProperty({
    enum: MAIL_STATUSES,
    nullable: true,
    description:
      'Of the mail with its link. `queued`: no server took it yet, and it is tried again for a day and a half; `failed`: resend ' +
      'it; `cancelled`: its link was worth nothing any more before it left. Null when that is long ago',
  })
  mailStatus: MailStatus | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'smtp_550',
    description: 'Why the mail did not leave the last time it was tried',
  })
  mailFailure: string | null;

  static of(invitation: Invitation, fate: MailFate | undefined): InvitationDto {
    return {
      id: invitation.id,
      email: invitation.email,
      role: invitation.role,
      approver: invitation.approver,
      status: invitation.status(new Date()),
      invitedBy: invitation.invitedBy,
      createdAt: invitation.createdAt.toISOString(),
      expiresAt: invitation.expiresAt.toISOString(),
      acceptedAt: invitation.acceptedAt?.toISOString() ?? null,
      revokedAt: invitation.revokedAt?.toISOString() ?? null,
      mailStatus: fate?.status ?? null,
      mailFailure: fate?.status === 'sent' ? null : (fate?.failure ?? null),
    };
  }
}

export class SentInvitationDto extends InvitationDto {
  @ApiProperty({ description: 'Whether the mail was taken by the time of this answer' })
  mailSent: boolean;

  @ApiProperty({
    enum: ['smtp', 'outbox'],
    description: '`outbox`: without SMTP_URL mails are files in DATA_DIR/outbox and reach nobody',
  })
  delivery: MailRoad;

  static sent(invitation: Invitation, fate: MailFate | undefined, delivery: MailRoad): SentInvitationDto {
    return { ...InvitationDto.of(invitation, fate), mailSent: fate?.status === 'sent', delivery };
  }
}

export class InvitedRowDto {
  @ApiProperty({ description: 'Of the row in the request, from 0' })
  index: number;

  @ApiProperty({ type: String, nullable: true, description: 'As it was sent; null: there was none' })
  email: string | null;

  @ApiProperty({ enum: ['invited', 'refused'], description: 'What became of the row' })
  outcome: 'invited' | 'refused';

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The invitation' })
  id: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'already_member',
    description: 'Why it was refused; null: it was not',
  })
  code: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The same, in a sentence' })
  detail: string | null;
}

export class BulkInvitedDto {
  @ApiProperty({ description: 'How many were invited' })
  invited: number;

  @ApiProperty({ description: 'How many were not' })
  refused: number;

  @ApiProperty({
    enum: ['smtp', 'outbox'],
    description: 'How the mails leave; GET /v1/invitations says which have',
  })
  delivery: MailRoad;

  @ApiProperty({ type: [InvitedRowDto], description: 'One for each row, in their order' })
  results: InvitedRowDto[];

  static of(outcomes: readonly RowOutcome[], delivery: MailRoad): BulkInvitedDto {
    const results = outcomes.map(({ index, email, id, refusal }) => ({
      ...{ index, email, id },
      outcome: refusal ? ('refused' as const) : ('invited' as const),
      code: refusal?.code ?? null,
      detail: refusal?.detail ?? null,
    }));
    const refused = results.filter(({ outcome }) => outcome === 'refused').length;
    return { invited: results.length - refused, refused, delivery, results };
  }
}

export const InvitationPage = pageOf(InvitationDto);
