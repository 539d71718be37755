import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsObject, Max, Min, ValidateNested } from 'class-validator';
import { ROLES } from '../access/permissions';
import { WhenGiven } from '../http/when-given';
import type { WorkspacePolicy } from './workspace-policy.entity';

const DIRECTORY_SETS_ROLE = ['off', ...ROLES] as const;

export class MassChangePolicyDto {
  @ApiProperty({
    minimum: 0,
    maximum: 1_000_000,
    description: 'A directory may deactivate this many members within the window, however few there are',
  })
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  members: number;

  @ApiProperty({
    minimum: 1,
    maximum: 100,
    description: 'And this part of all members, however many there are; 100: no deactivation ever waits',
  })
  @IsInt()
  @Min(1)
  @Max(100)
  percent: number;

  @ApiProperty({ minimum: 1, maximum: 10_080, description: 'How far back deactivations are counted' })
  @IsInt()
  @Min(1)
  @Max(10_080)
  windowMinutes: number;
}

export class ScimPolicyDto {
  @ApiProperty({
    type: MassChangePolicyDto,
    description: 'A deactivation by a directory that would pass both limits waits for an admin',
  })
  massChange: MassChangePolicyDto;

  @ApiProperty({
    enum: DIRECTORY_SETS_ROLE,
    description: 'The highest role that a directory may write to its users; off: roles are read-only for it',
  })
  @IsIn(DIRECTORY_SETS_ROLE)
  directorySetsRole: (typeof DIRECTORY_SETS_ROLE)[number];

  static of(policy: WorkspacePolicy): ScimPolicyDto {
    return {
      massChange: {
        members: policy.scimMassChangeMembers,
        percent: policy.scimMassChangePercent,
        windowMinutes: policy.scimMassChangeWindowMinutes,
      },
      directorySetsRole: policy.scimDirectorySetsRole,
    };
  }
}

class UpdateMassChangePolicyDto extends PartialType(MassChangePolicyDto, { skipNullProperties: false }) {}

/** A change: what is left out stays as it is. */
export class UpdateScimPolicyDto {
  @ApiPropertyOptional({ type: UpdateMassChangePolicyDto })
  @WhenGiven()
  @IsObject()
  @ValidateNested()
  @Type(() => UpdateMassChangePolicyDto)
  massChange?: UpdateMassChangePolicyDto;

  @ApiPropertyOptional({
    enum: DIRECTORY_SETS_ROLE,
    description: 'The highest role that a directory may write to its users; off: roles are read-only for it',
  })
  @WhenGiven()
  @IsIn(DIRECTORY_SETS_ROLE)
  directorySetsRole?: (typeof DIRECTORY_SETS_ROLE)[number];
}
