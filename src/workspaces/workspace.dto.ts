import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { WhenGiven } from '../http/when-given';
import type { Workspace } from './workspace.entity';

/** What a slug looks like; the database checks the same. */
export const SLUG = /^[a-z0-9](-?[a-z0-9]){0,62}$/;
export const SLUG_RULE = { message: 'slug must be lower-case letters and digits with single dashes between' };
const PRINTABLE = /^[^\p{Cc}]+$/u;

export class UpdateWorkspaceDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100 })
  @WhenGiven()
  @IsString()
  @Length(1, 100)
  @Matches(PRINTABLE, { message: 'name must not hold control characters' })
  name?: string;

  @ApiPropertyOptional({ pattern: SLUG.source, description: 'People name it when they sign in' })
  @WhenGiven()
  @IsString()
  @Matches(SLUG, SLUG_RULE)
  slug?: string;
}

export class WorkspaceDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'acme' })
  slug: string;

  @ApiProperty({ example: 'Acme' })
  name: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of({ id, slug, name, createdAt }: Workspace): WorkspaceDto {
    return { id, slug, name, createdAt: createdAt.toISOString() };
  }
}
