import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsLine } from '../http/is-line';
import { WhenGiven } from '../http/when-given';
import { IsSlug, SLUG } from './slug';
import type { Workspace } from './workspace.entity';

export class UpdateWorkspaceDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100 })
  @WhenGiven()
  @IsLine(100)
  name?: string;

  @ApiPropertyOptional({ pattern: SLUG.source, description: 'People name it when they sign in' })
  @WhenGiven()
  @IsSlug()
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
