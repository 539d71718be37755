import { ApiProperty } from '@nestjs/swagger';
import type { AuditActor } from '../../audit/audit-event';
import { pageOf } from '../../http/page';
import type { ConnectionRevision } from './connection-revision.entity';
import { REVISION_ORIGINS, type RevisionOrigin } from './revision-author';
import type { Difference } from './snapshot';

class AuthorDto implements AuditActor {
  @ApiProperty({
    enum: ['user', 'api_key', 'scim', 'system'],
    description: 'Who changed it: a person, a program, a directory or the service',
  })
  type: AuditActor['type'];

  @ApiProperty({ type: String, nullable: true })
  id: string | null;

  @ApiProperty({ required: false })
  email?: string;
}

class DifferenceDto implements Difference {
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Its settings before' })
  before: Record<string, unknown>;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Its settings afterwards' })
  after: Record<string, unknown>;

  @ApiProperty({ enum: ['replaced'], required: false, description: 'The secret itself is never shown' })
  clientSecret?: 'replaced';
}

class TestedDto {
  @ApiProperty({ description: 'When a test sign-in passed' })
  at: Date;

  @ApiProperty({ type: AuthorDto })
  by: AuthorDto;

  @ApiProperty({ format: 'uuid', description: 'The test sign-in' })
  attemptId: string;
}

/** What may be shown of a revision: what it changed, and what is known about it. */
export class RevisionDto {
  @ApiProperty({ description: 'From 1 on; each change makes the next one' })
  number: number;

  @ApiProperty({ type: AuthorDto })
  author: AuthorDto;

  @ApiProperty({ enum: REVISION_ORIGINS, description: 'By which way it came' })
  origin: RevisionOrigin;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'The number whose content this one brought back',
  })
  restoredFrom: number | null;

  @ApiProperty({ type: DifferenceDto })
  diff: DifferenceDto;

  @ApiProperty({ type: TestedDto, nullable: true, description: 'The latest passed test by this content' })
  tested: TestedDto | null;

  @ApiProperty({ type: Date, nullable: true, description: 'When somebody first signed in by this content' })
  provenAt: Date | null;

  @ApiProperty({ description: 'Whether it is in force' })
  live: boolean;

  @ApiProperty()
  createdAt: Date;

  static of(revision: ConnectionRevision, live: number): RevisionDto {
    const { number, author, origin, restoredFrom, diff, provenAt, createdAt } = revision;
    const { testedAt, testedBy, testedAttemptId } = revision;
    const tested = testedAt && testedBy && testedAttemptId;
    return {
      ...{ number, author, origin, restoredFrom, diff },
      tested: tested ? { at: testedAt, by: testedBy, attemptId: testedAttemptId } : null,
      ...{ provenAt, live: number === live, createdAt },
    };
  }
}

export const RevisionPage = pageOf(RevisionDto);
