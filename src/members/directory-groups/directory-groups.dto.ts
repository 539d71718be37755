import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { pageOf, PageQuery } from '../../http/page';
import { WhenGiven } from '../../http/when-given';
import type { ListedGroup } from './group-overview.service';

export class DirectoryGroupQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name, in whatever case: `engin`' })
  @WhenGiven()
  @IsString()
  @MaxLength(512)
  search?: string;
}

export class DirectoryGroupDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'What rules with the source scim_group name, letter by letter' })
  displayName: string;

  @ApiProperty({ type: String, nullable: true, description: 'The id at the directory' })
  externalId: string | null;

  @ApiProperty({ description: 'Users and groups that are in it themselves' })
  memberCount: number;

  @ApiProperty({ description: 'Whether a rule names it' })
  mapped: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ format: 'date-time', description: 'When it or its membership changed last' })
  changedAt: Date;

  static of(group: ListedGroup): DirectoryGroupDto {
    const { id, displayName, externalId, memberCount, mapped, createdAt, changedAt } = group;
    return { id, displayName, externalId, memberCount, mapped, createdAt, changedAt };
  }
}

export class DirectoryGroupPage extends pageOf(DirectoryGroupDto) {}
