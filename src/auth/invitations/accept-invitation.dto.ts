import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, MaxLength } from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { IsName } from '../../http/is-line';
import { WhenGiven } from '../../http/when-given';
import type { AcceptedInvitation } from '../../members/invitations/invitation-acceptance.service';
import type { NextStep } from './next-step';

export class AcceptInvitationDto {
  @ApiProperty({ description: 'From the link in the mail', example: 'ghi_…' })
  @IsString()
  @MaxLength(256)
  token: string;

  @ApiPropertyOptional({
    format: 'password',
    minLength: 8,
    maxLength: 256,
    description:
      'Needed unless the address has an account already, or signs in through an identity provider. 15 characters or more, 8 where the workspace asks for a second factor',
  })
  @WhenGiven()
  @IsString()
  @Length(1, 1024)
  password?: string;

  @ApiPropertyOptional({ maxLength: 200, description: 'How the person wants to be shown' })
  @WhenGiven()
  @IsName(200)
  name?: string;
}

class JoinedWorkspaceDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  slug: string;

  @ApiProperty()
  name: string;
}

class JoinedMemberDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'Of the person, the same in all workspaces' })
  userId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ type: String, nullable: true })
  displayName: string | null;

  @ApiProperty({ enum: ROLES, description: 'What they may do; `GET /v1/roles` says what each role includes' })
  role: Role;

  @ApiProperty({ description: 'Whether the member is in the group `approvers`' })
  approver: boolean;
}

class NextStepDto {
  @ApiProperty({
    enum: ['password', 'sso'],
    description: '`password`: sign in with it; `sso`: at the identity provider',
  })
  method: 'password' | 'sso';

  @ApiPropertyOptional({ format: 'uri', description: 'With `sso`: where to go on' })
  loginUrl?: string;
}

export class AcceptedInvitationDto {
  @ApiProperty({ type: JoinedWorkspaceDto })
  workspace: JoinedWorkspaceDto;

  @ApiProperty({ type: JoinedMemberDto })
  member: JoinedMemberDto;

  @ApiProperty({ type: NextStepDto, description: 'How the person signs in from now on' })
  signIn: NextStepDto;

  static of({
    workspace: { id, slug, name },
    member,
    signIn,
  }: AcceptedInvitation & { readonly signIn: NextStep }): AcceptedInvitationDto {
    return {
      signIn: { ...signIn },
      workspace: { id, slug, name },
      member: {
        id: member.id,
        userId: member.userId,
        email: member.email,
        displayName: member.displayName,
        role: member.role,
        approver: member.approver,
      },
    };
  }
}
