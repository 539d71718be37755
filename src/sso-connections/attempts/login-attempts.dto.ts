import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { PageQuery, pageOf } from '../../http/page';
import { OWNERS, type Owner } from '../diagnosis/diagnosis';
import {
  type ExplainedCheck,
  explainedChecks,
  type ReportedAttribute,
  reportedAttributes,
  type ReportedConnection,
} from './attempt-report';
import { ATTEMPT_KINDS, type AttemptKind, type LoginAttempt } from './login-attempt.entity';

const STATUSES = ['started', 'passed', 'failed', 'expired'] as const;
type AttemptStatus = (typeof STATUSES)[number];

export class AttemptQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ATTEMPT_KINDS, description: 'Only these' })
  @IsOptional()
  @IsIn(ATTEMPT_KINDS)
  kind?: AttemptKind;

  @ApiPropertyOptional({ enum: STATUSES, description: 'Only those that stand so' })
  @IsOptional()
  @IsIn(STATUSES)
  status?: AttemptStatus;
}

export class StartedTestDto {
  @ApiProperty({ format: 'uuid', description: 'To read what came of it' })
  attemptId: string;

  @ApiProperty({ description: 'To be opened in a browser, once, within ten minutes' })
  url: string;
}

class CheckDto implements ExplainedCheck {
  @ApiProperty({ example: 'audience' })
  id: string;

  @ApiProperty({
    example: 'saml_audience_mismatch',
    description: 'What a sign-in is refused with when this is the first check that fails',
  })
  code: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ description: 'Whether it passed' })
  ok: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What came; null: nothing, or it is not known any more',
  })
  received: string | null;

  @ApiProperty({ description: 'What should have come' })
  expected: string;

  @ApiProperty({ enum: OWNERS, nullable: true, description: 'Who can put it right, when it failed' })
  owner: Owner | null;

  @ApiProperty({ type: String, nullable: true, description: 'What to do' })
  hint: string | null;

  @ApiProperty({ type: String, nullable: true, description: "Where in the vendor's console" })
  where: string | null;
}

class AttributeDto implements ReportedAttribute {
  @ApiProperty()
  name: string;

  @ApiProperty({ type: [String], description: 'As they were sent' })
  values: string[];

  @ApiProperty({ type: [String], description: 'The fields that the connection takes from it' })
  mappedTo: string[];
}

/** A sign-in in a list. */
export class LoginAttemptSummaryDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: ATTEMPT_KINDS, description: '`test`: nobody was signed in by it' })
  kind: AttemptKind;

  @ApiProperty({ enum: STATUSES, description: 'expired: a test that nobody finished within ten minutes' })
  status: AttemptStatus;

  @ApiProperty({ type: String, nullable: true, description: 'Why it failed' })
  code: string | null;

  @ApiProperty({ description: 'The settings it was judged by' })
  revision: number;

  @ApiProperty({ description: 'When it began' })
  startedAt: Date;

  @ApiProperty({ type: Date, nullable: true, description: 'null: it has not ended' })
  finishedAt: Date | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the identity provider calls the person; null: that is not known',
  })
  subject: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As the identity provider sent it; null: none' })
  email: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The role the person has, or would get' })
  role: string | null;

  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  memberId: string | null;

  static of(attempt: LoginAttempt, now: Date): LoginAttemptSummaryDto {
    const { id, kind, code, revision, startedAt, finishedAt, subject, email, role, memberId } = attempt;
    const status = statusOf(attempt, now);
    return { ...{ id, kind, status, code, revision, startedAt, finishedAt }, subject, email, role, memberId };
  }
}

export const LoginAttemptPage = pageOf(LoginAttemptSummaryDto);

/** A sign-in with everything that was found out on its way. */
export class LoginAttemptDto extends LoginAttemptSummaryDto {
  @ApiProperty({ type: [CheckDto], description: 'Each check on the way, in their order' })
  checks: CheckDto[];

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The assertion or ID token as it was read, without secrets',
  })
  statement: Record<string, unknown> | null;

  @ApiProperty({ type: [AttributeDto], description: 'What the identity provider said of the person' })
  attributes: AttributeDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Of a test that passed: why it is that role' })
  roleReason: string | null;

  static full(
    attempt: LoginAttempt,
    connection: ReportedConnection,
    publicUrl: string,
    now: Date,
  ): LoginAttemptDto {
    const { statement, roleReason } = attempt;
    return {
      ...LoginAttemptSummaryDto.of(attempt, now),
      checks: explainedChecks(attempt, connection, publicUrl),
      attributes: reportedAttributes(attempt.attributes, connection).map((attribute) => ({
        ...{ name: attribute.name, values: [...attribute.values], mappedTo: [...attribute.mappedTo] },
      })),
      ...{ statement, roleReason },
    };
  }
}

function statusOf({ status, expiresAt }: LoginAttempt, now: Date): AttemptStatus {
  return status === 'started' && expiresAt !== null && expiresAt <= now ? 'expired' : status;
}
