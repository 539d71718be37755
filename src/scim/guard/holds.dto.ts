import { ApiProperty } from '@nestjs/swagger';
import { pageOf } from '../../http/page';
import type { HeldChange, Hold } from './holds.service';

type HoldStatus = 'pending' | 'approved' | 'rejected' | 'ended';

class HoldLimitsDto {
  @ApiProperty({ description: 'So many may be deactivated within the window, however few there are' })
  members: number;

  @ApiProperty({ description: 'And this part of all members' })
  percent: number;

  @ApiProperty({ description: 'How far back deactivations are counted' })
  windowMinutes: number;
}

export class HoldDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: ['pending', 'approved', 'rejected', 'ended'],
    description: '`pending`: waits for an admin; `ended`: over before anybody decided',
  })
  status: HoldStatus;

  @ApiProperty({
    enum: ['directory_switched_off', 'taken_back', 'everybody_left'],
    nullable: true,
    description:
      'Why it ended undecided; `taken_back`: the directory wants nobody of them to leave any more; ' +
      '`everybody_left`: nobody of them is in any more, because an admin removed them, say',
  })
  endReason: Hold['endReason'];

  @ApiProperty({ description: 'How many members approving it concerns' })
  heldMembers: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'What of an approval still goes on in pieces because it concerns very many: follow it at ' +
      '`GET /v1/large-changes/{id}`',
  })
  largeChangeId: string | null;

  @ApiProperty({ description: 'How many the directory had deactivated within the window when it began' })
  deactivated: number;

  @ApiProperty({ description: 'Out of how many' })
  population: number;

  @ApiProperty({ type: HoldLimitsDto, description: 'The policy of that moment' })
  limits: HoldLimitsDto;

  @ApiProperty({ format: 'date-time', description: 'When the first deactivation was held back' })
  openedAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: nobody has decided' })
  decidedAt: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The member who decided' })
  decidedBy: string | null;

  static of(hold: Hold): HoldDto {
    const { id, heldMembers, largeChangeId, deactivated, population, members, percent, windowMinutes } = hold;
    return {
      ...{ id, heldMembers, largeChangeId, deactivated, population, decidedBy: hold.decidedBy },
      endReason: hold.endReason,
      status: hold.decision ?? 'pending',
      limits: { members, percent, windowMinutes },
      openedAt: hold.openedAt.toISOString(),
      decidedAt: hold.decidedAt?.toISOString() ?? null,
    };
  }
}

export const HoldPage = pageOf(HoldDto);

export class HeldChangeDto {
  @ApiProperty({ format: 'uuid' })
  memberId: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ type: String, nullable: true })
  displayName: string | null;

  @ApiProperty({ enum: ['deactivate', 'delete'], description: 'What the directory asked for' })
  change: 'deactivate' | 'delete';

  @ApiProperty({ description: 'How often it asked' })
  attempts: number;

  @ApiProperty({ format: 'date-time', description: 'When the directory first asked for it' })
  firstAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it last asked for it' })
  lastAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'When it said, after an admin rejected this, that the member is active after all: approving leaves them',
  })
  takenBackAt: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The credential it asked with' })
  tokenId: string | null;

  static of(change: HeldChange): HeldChangeDto {
    return {
      memberId: change.memberId,
      email: change.email,
      displayName: change.displayName,
      change: change.deletes ? 'delete' : 'deactivate',
      attempts: change.attempts,
      firstAt: change.firstAt.toISOString(),
      lastAt: change.lastAt.toISOString(),
      takenBackAt: change.takenBackAt?.toISOString() ?? null,
      tokenId: change.directoryId,
    };
  }
}

export const HeldChangePage = pageOf(HeldChangeDto);
