import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { type Role, ROLES } from '../../access/permissions';
import { IsLine } from '../../http/is-line';
import { WhenGiven } from '../../http/when-given';
import { type RoleRule, RULE_SOURCES, type RuleSource } from '../grants/role-rules';
import type { SavedRules } from '../grants/rule-store.service';
import type { Judged } from '../grants/rule-sweep.service';

const MOST_RULES = 200;

export class RoleMappingDto {
  @ApiProperty({
    enum: RULE_SOURCES,
    description:
      '`idp_group`: a group that an identity provider names at sign-in; compared letter by letter. `scim_group`: a ' +
      'group that the directory provisions, by its displayName; compared letter by letter. ' +
      '`department`: of the directory or the provider; compared without case.',
  })
  @IsIn(RULE_SOURCES)
  source: RuleSource;

  @ApiProperty({
    maxLength: 512,
    example: 'platform-admins',
    description: 'The group or department, as it is written there',
  })
  @IsLine(512)
  value: string;

  @ApiProperty({ enum: ROLES, description: 'What it gives; no more than whoever saved the rules holds' })
  @IsIn(ROLES)
  role: Role;

  @ApiPropertyOptional({
    default: false,
    description:
      'Whether it also puts people in the group `approvers`, while whoever saved the rules is admin',
  })
  @WhenGiven()
  @IsBoolean()
  approver?: boolean;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Only groups that this connection names; null: whichever names it. For `idp_group` only.',
  })
  @IsOptional()
  @IsUUID()
  connectionId?: string | null;

  static read({ source, value, role, approver, connectionId }: RoleMappingDto): RoleRule {
    return {
      source,
      value,
      role,
      approver: approver ?? false,
      connectionId: connectionId?.toLowerCase() ?? null,
    };
  }
}

/** The whole list, in order. */
export class ReplaceRoleMappingsDto {
  @ApiProperty({
    type: [RoleMappingDto],
    maxItems: MOST_RULES,
    description:
      'The whole list, in order: the first that matches decides the role, any of them can add to `approvers`',
  })
  @IsArray()
  @ArrayMaxSize(MOST_RULES)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => RoleMappingDto)
  rules: RoleMappingDto[];
}

class PreviewSubjectDto {
  @ApiPropertyOptional({ type: [String], description: 'What the provider would name' })
  @WhenGiven()
  @IsArray()
  @ArrayMaxSize(2000)
  @IsString({ each: true })
  @MaxLength(512, { each: true })
  groups?: string[];

  @ApiPropertyOptional({ maxLength: 256, description: 'What the identity provider or directory would say' })
  @WhenGiven()
  @IsString()
  @Length(0, 256)
  department?: string;
}

export class PreviewRoleMappingsDto extends ReplaceRoleMappingsDto {
  @ApiPropertyOptional({ type: PreviewSubjectDto, description: 'Somebody to try the rules on' })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => PreviewSubjectDto)
  subject?: PreviewSubjectDto;
}

class RuleAuthorDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ enum: ROLES, description: 'What they hold now: rules give no more than that' })
  role: Role;

  @ApiProperty({
    description: 'Rules of somebody who has left give no more than viewer, until they are saved again',
  })
  removed: boolean;
}

class ShownRoleMappingDto {
  @ApiProperty({
    enum: RULE_SOURCES,
    description: 'A group at the identity provider, a group of the directory, or a department',
  })
  source: RuleSource;

  @ApiProperty({ description: 'The group or department, as it is written there' })
  value: string;

  @ApiProperty({ enum: ROLES, description: 'What it gives; no more than whoever saved the rules holds' })
  role: Role;

  @ApiProperty({
    description: 'Whether it puts people into the group `approvers`, while whoever saved the rules is admin',
  })
  approver: boolean;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  connectionId: string | null;
}

export class RoleMappingsDto {
  @ApiProperty({
    type: [ShownRoleMappingDto],
    description:
      'The whole list, in order: the first that matches decides the role, any of them can add to `approvers`',
  })
  rules: ShownRoleMappingDto[];

  @ApiProperty({
    enum: ['first_match'],
    description: 'The first rule that matches decides the role; approver is given by any that matches',
  })
  evaluation: 'first_match';

  @ApiProperty({
    type: RuleAuthorDto,
    nullable: true,
    description: 'Who saved the list, and so vouches for it',
  })
  author: RuleAuthorDto | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: never' })
  savedAt: string | null;

  static of({ rules, author, savedAt }: SavedRules): RoleMappingsDto {
    return {
      rules: rules.map(({ source, value, role, approver, connectionId }) => ({
        source,
        value,
        role,
        approver,
        connectionId,
      })),
      evaluation: 'first_match',
      author: author && {
        memberId: author.id,
        email: author.email,
        role: author.role,
        removed: author.removed,
      },
      savedAt: savedAt?.toISOString() ?? null,
    };
  }
}

export class SavedRoleMappingsDto extends RoleMappingsDto {
  @ApiProperty({ description: 'How many members have another role or group now' })
  changed: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'Where there are very many members all but the admins are brought in line in pieces, which has begun: follow it ' +
      'at `GET /v1/large-changes/{id}`. null: everybody is in line',
  })
  largeChangeId: string | null;

  static ofSaving({ saved, changed, underWay }: { saved: SavedRules } & Judged): SavedRoleMappingsDto {
    return { ...RoleMappingsDto.of(saved), changed, largeChangeId: underWay?.id ?? null };
  }
}
