import { ApiProperty } from '@nestjs/swagger';
import type { IdsByKind, Receipt } from './offboarding.service';

/** From the kinds of a receipt to the words of an item. */
const KINDS = {
  sessions: 'session',
  refreshTokens: 'refresh_token',
  signInCodes: 'sign_in_code',
  mfaChallenges: 'mfa_challenge',
  factorEnrolments: 'factor_enrolment',
  factorChallenges: 'factor_challenge',
  linkProofs: 'link_proof',
  passwordResets: 'password_reset',
  invitations: 'invitation',
  setupLinks: 'setup_link',
  revealRequests: 'secret_reveal_request',
  revealApprovals: 'secret_reveal_approval',
  apiKeys: 'api_key',
} as const;

type Kind = (typeof KINDS)[keyof typeof KINDS];

class EndedThingDto {
  @ApiProperty({ enum: Object.values(KINDS), description: 'What it was' })
  kind: Kind;

  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time', description: 'The moment of the removal' })
  endedAt: string;
}

class KeptThingDto {
  @ApiProperty({ enum: ['api_key'], description: 'What it was' })
  kind: Kind;

  @ApiProperty({ format: 'uuid' })
  id: string;
}

class OffboardingActorDto {
  @ApiProperty({
    enum: ['user', 'api_key', 'scim', 'system'],
    description: 'Who removed the member: a person, a program, a directory or the service',
  })
  type: string;

  @ApiProperty({ type: String, nullable: true, description: 'null: the service itself' })
  id: string | null;
}

/** All that ended with a departure, in the transaction that ended it. */
export class OffboardingDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'removed_by_admin',
    description: 'Why; null: not known',
  })
  reason: string | null;

  @ApiProperty({ type: OffboardingActorDto })
  by: OffboardingActorDto;

  @ApiProperty({ format: 'date-time', description: 'When all of this happened, at once' })
  removedAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When they came back' })
  restoredAt: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many of each kind ended, those too of which there were none',
    example: { session: 2, refresh_token: 2, api_key: 1, invitation: 0 },
  })
  counts: Record<Kind, number>;

  @ApiProperty({ type: [EndedThingDto], description: 'All that opens nothing any more' })
  ended: EndedThingDto[];

  @ApiProperty({ type: [KeptThingDto], description: 'By the policy of the workspace' })
  kept: KeptThingDto[];

  static of(receipt: Receipt): OffboardingDto {
    const at = receipt.at.toISOString();
    return {
      id: receipt.id,
      memberId: receipt.memberId,
      email: receipt.email,
      reason: receipt.reason,
      by: { type: receipt.byType ?? 'system', id: receipt.byId },
      removedAt: at,
      restoredAt: receipt.restoredAt?.toISOString() ?? null,
      counts: countsOf(receipt.ended),
      ended: itemsOf(receipt.ended).map((item) => ({ ...item, endedAt: at })),
      kept: itemsOf(receipt.kept),
    };
  }
}

function countsOf(ids: IdsByKind): Record<Kind, number> {
  const counts = Object.entries(KINDS).map(([name, kind]) => [kind, ids[name]?.length ?? 0]);
  return Object.fromEntries(counts) as Record<Kind, number>;
}

function itemsOf(ids: IdsByKind): { kind: Kind; id: string }[] {
  return Object.entries(KINDS).flatMap(([name, kind]) => (ids[name] ?? []).map((id) => ({ kind, id })));
}
