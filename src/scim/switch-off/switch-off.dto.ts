import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { pageOf } from '../../http/page';
import type { SwitchOff } from './switch-off.service';
import { SWITCH_OFF_MODES, type SwitchOffForecast, type SwitchOffMode } from './switch-off-plan.service';

export class SwitchOffRequestDto {
  @ApiProperty({
    enum: SWITCH_OFF_MODES,
    description:
      '`convert`: its people stay and are managed by hand; `suspend`: its people are out, except whoever does this; ' +
      '`keep`: its people stay as they are',
  })
  @IsIn(SWITCH_OFF_MODES)
  mode: SwitchOffMode;
}

class SwitchOffCredentialDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ enum: ['token', 'client'], description: '`client`: of OAuth client credentials' })
  kind: string;
}

class SwitchOffPersonDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'email' })
  email: string;

  @ApiProperty({ description: 'Whether the person is in the workspace now' })
  active: boolean;
}

class SwitchOffLossesDto {
  @ApiProperty({ description: 'How many sessions would end' })
  sessions: number;

  @ApiProperty({ description: 'How many API keys of theirs are not revoked' })
  apiKeys: number;

  @ApiProperty({ description: 'Whether the policy keeps the keys of whoever leaves' })
  apiKeysKept: boolean;
}

export class SwitchOffForecastDto {
  @ApiProperty({
    enum: SWITCH_OFF_MODES,
    description:
      '`convert`: its people stay and are managed by hand; `suspend`: they are out; `keep`: they stay as they are',
  })
  mode: SwitchOffMode;

  @ApiProperty({ type: [SwitchOffCredentialDto], description: 'What would stop working' })
  credentials: SwitchOffCredentialDto[];

  @ApiProperty({ description: 'How many members the directory looks after' })
  directoryMembers: number;

  @ApiProperty({ description: 'How many of them this would change' })
  concernedMembers: number;

  @ApiProperty({ type: [SwitchOffPersonDto], description: 'The first hundred of those' })
  concerned: SwitchOffPersonDto[];

  @ApiProperty({ type: SwitchOffPersonDto, nullable: true, description: 'Stays: whoever asks' })
  spared: SwitchOffPersonDto | null;

  @ApiProperty({ type: SwitchOffLossesDto })
  losses: SwitchOffLossesDto;

  static of({
    mode,
    credentials,
    people,
    concerned,
    shown,
    spared,
    losses,
  }: SwitchOffForecast): SwitchOffForecastDto {
    return {
      mode,
      credentials: credentials.map(({ id, name, kind }) => ({ id, name, kind })),
      directoryMembers: people,
      concernedMembers: concerned,
      concerned: shown.map(personOf),
      spared: spared ? personOf(spared) : null,
      losses,
    };
  }
}

const personOf = ({ id, email, active }: SwitchOffPersonDto): SwitchOffPersonDto => ({ id, email, active });

export class SwitchOffDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: SWITCH_OFF_MODES,
    description:
      '`convert`: its people stay and are managed by hand; `suspend`: they are out; `keep`: they stay as they are',
  })
  mode: SwitchOffMode;

  @ApiProperty({ format: 'date-time', description: 'When it was done' })
  at: string;

  @ApiProperty({ format: 'uuid', description: 'The member who did it' })
  by: string;

  @ApiProperty({ description: 'How many members it changed until now' })
  members: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'What of it, or of undoing it, still goes on in pieces because it concerns very many: follow it at ' +
      '`GET /v1/large-changes/{id}`',
  })
  largeChangeId: string | null;

  @ApiProperty({ format: 'uuid', type: String, isArray: true, description: 'The credentials that ended' })
  credentialIds: string[];

  @ApiProperty({ format: 'date-time', description: 'Until then it can be undone' })
  undoUntil: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: it holds' })
  undoneAt: string | null;

  static of(switchOff: SwitchOff): SwitchOffDto {
    const { id, mode, at, byMember, members, credentialIds, undoUntil, undoneAt, largeChangeId } = switchOff;
    return {
      ...{ id, mode, members, largeChangeId, by: byMember },
      at: at.toISOString(),
      credentialIds: [...credentialIds],
      undoUntil: undoUntil.toISOString(),
      undoneAt: undoneAt?.toISOString() ?? null,
    };
  }
}

export const SwitchOffPage = pageOf(SwitchOffDto);
