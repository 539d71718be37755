import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, Max, Min, ValidateIf } from 'class-validator';
import type { WorkspacePolicy } from './workspace-policy.entity';

export class AuditPolicyDto {
  @ApiProperty({
    type: Number,
    minimum: 30,
    maximum: 36_500,
    nullable: true,
    description: 'After how many days entries of the audit log leave for an archive; null: they stay',
  })
  @ValidateIf((_, value) => value !== null)
  @IsInt()
  @Min(30)
  @Max(36_500)
  retentionDays: number | null;

  @ApiProperty({ description: 'While it is on no entry leaves, however old' })
  @IsBoolean()
  legalHold: boolean;
}

export const auditPolicyOf = (policy: WorkspacePolicy): AuditPolicyDto => ({
  retentionDays: policy.auditRetentionDays,
  legalHold: policy.auditLegalHold,
});
