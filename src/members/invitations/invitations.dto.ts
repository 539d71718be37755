import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { IsEmailAddress } from '../../http/is-email-address';
import { pageOf } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { Invitation, InvitationStatus } from './invitation.entity';

export class CreateInvitationDto {
  @ApiProperty({ format: 'email', example: 'ada@acme.test' })
  @IsEmailAddress()
  email: string;

  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES)
  role: Role;

  @ApiPropertyOptional({ default: false, description: 'Whether the member will be in the group `approvers`' })
  @WhenGiven()
  @IsBoolean()
  approver?: boolean;
}

/** What may be shown of an invitation. Its link goes into the mail and nowhere else. */
export class InvitationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ enum: ROLES })
  role: Role;

  @ApiProperty()
  approver: boolean;

  @ApiProperty({ enum: ['pending', 'accepted', 'revoked', 'expired'] })
  status: InvitationStatus;

  @ApiProperty({ format: 'uuid', description: 'The member who sent it last' })
  invitedBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  acceptedAt: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revokedAt: string | null;

  static of(invitation: Invitation): InvitationDto {
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
    };
  }
}

export class SentInvitationDto extends InvitationDto {
  @ApiProperty({ description: 'Whether the mail was taken; if not, resend it later' })
  mailSent: boolean;
}

export const InvitationPage = pageOf(InvitationDto);
