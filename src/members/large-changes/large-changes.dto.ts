import { ApiProperty } from '@nestjs/swagger';
import { pageOf } from '../../http/page';
import { LARGE_CHANGE_KINDS, type LargeChange } from './large-changes.service';

export class LargeChangeDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: LARGE_CHANGE_KINDS,
    description:
      '`role_rules`: everybody is judged by the role mappings; `directory_…`: a directory is switched off, or that is ' +
      'undone; `held_deactivations`: whom an admin approved to leave leaves',
  })
  kind: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The switch-off, or the hold' })
  subjectId: string | null;

  @ApiProperty({ example: 'rules_saved', description: 'What brought it about' })
  because: string;

  @ApiProperty({
    enum: ['under_way', 'finished', 'replaced', 'cancelled'],
    description: '`replaced`: a later one does what was left; `cancelled`: it was undone meanwhile',
  })
  status: string;

  @ApiProperty({ description: 'How many members it looks at' })
  members: number;

  @ApiProperty({ description: 'How many of them are done' })
  done: number;

  @ApiProperty({ description: 'How many it changed until now' })
  changed: number;

  @ApiProperty({ description: 'How many could not be changed; the audit log says why' })
  refused: number;

  @ApiProperty({ format: 'date-time', description: 'When it was asked for' })
  begunAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it goes on' })
  endedAt: string | null;

  static of(change: LargeChange): LargeChangeDto {
    const { id, kind, subjectId, because, members, done, changed, refused, begunAt, endedAt, outcome } =
      change;
    return {
      ...{ id, kind, subjectId, because, members, done, changed, refused },
      status: outcome ?? 'under_way',
      begunAt: begunAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
    };
  }
}

export const LargeChangePage = pageOf(LargeChangeDto);
