import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Feature, FEATURES } from '../access/plans';
import { IsName } from '../http/is-line';
import { WhenGiven } from '../http/when-given';
import { IsSlug, SLUG } from './slug';
import type { Workspace } from './workspace.entity';

export class UpdateWorkspaceDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100 })
  @WhenGiven()
  @IsName(100)
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

  @ApiProperty({ type: String, nullable: true, description: 'null: everything is included' })
  plan: string | null;

  @ApiProperty({ enum: Object.keys(FEATURES), isArray: true, description: 'What the workspace may use' })
  features: Feature[];

  static of({ id, slug, name, createdAt, plan }: Workspace, features: Feature[]): WorkspaceDto {
    return { id, slug, name, createdAt: createdAt.toISOString(), plan, features };
  }
}
