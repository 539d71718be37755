import { ApiProperty } from '@nestjs/swagger';
import { API_KEY_SCOPES, PERMISSIONS, type Permission, type Role, ROLES } from '../../access/permissions';
import type { ApiKeyPrincipal, UserPrincipal } from '../../access/principal';

class MyWorkspaceDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  slug: string;

  @ApiProperty()
  name: string;
}

class MyUserDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;
}

class MyMemberDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: ROLES, description: 'What they may do; `GET /v1/roles` says what each role includes' })
  role: Role;

  @ApiProperty({ description: 'Whether the person is in the group `approvers`' })
  approver: boolean;

  @ApiProperty({
    enum: Object.keys(PERMISSIONS),
    isArray: true,
    description: 'What the role allows at this moment',
  })
  permissions: Permission[];
}

class MyApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: API_KEY_SCOPES, isArray: true, description: 'What it may do' })
  scopes: Permission[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it does not expire' })
  expiresAt: string | null;
}

/** A person, as of this moment. */
export class SignedInDto {
  @ApiProperty({ type: MyUserDto })
  user: MyUserDto;

  @ApiProperty({ type: MyMemberDto })
  member: MyMemberDto;

  @ApiProperty({ type: MyWorkspaceDto })
  workspace: MyWorkspaceDto;

  static of({
    id,
    email,
    displayName,
    memberId,
    role,
    approver,
    permissions,
    workspace,
  }: UserPrincipal): SignedInDto {
    return {
      user: { id, email, name: displayName },
      member: { id: memberId, role, approver, permissions: [...permissions] },
      workspace,
    };
  }
}

/** An API key, as of this moment. */
export class ApiKeyInUseDto {
  @ApiProperty({ type: MyApiKeyDto })
  apiKey: MyApiKeyDto;

  @ApiProperty({ type: MyWorkspaceDto })
  workspace: MyWorkspaceDto;

  static of({ id, name, scopes, expiresAt, workspace }: ApiKeyPrincipal): ApiKeyInUseDto {
    return {
      apiKey: { id, name, scopes: [...scopes], expiresAt: expiresAt?.toISOString() ?? null },
      workspace,
    };
  }
}
