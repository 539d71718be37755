import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, RequireScope } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Database } from '../../database/database';
import { AuditProofDto, SealsQuery } from './proof.dto';
import { SealedLog } from './sealed-log.service';

@ApiTags('Audit')
@Controller('v1/audit-events/proof')
export class AuditProofController {
  constructor(
    private readonly sealed: SealedLog,
    private readonly database: Database,
  ) {}

  @Get()
  @RequirePermission('audit:read')
  @RequireScope('audit:read')
  @OutsideTransaction()
  @ApiOperation({ summary: 'A signed checkpoint of the audit log as of now, and the seals that lead to it' })
  @ApiOkResponse({ type: AuditProofDto })
  async proof(@Caller() { workspaceId }: Principal, @Query() query: SealsQuery): Promise<AuditProofDto> {
    const checkpoint = await this.sealed.checkpoint(workspaceId);
    const seals = await this.database.inWorkspace(workspaceId, () =>
      this.sealed.page(query.after, query.limit),
    );
    const { seal } = checkpoint;
    const key = { publicKey: this.sealed.publicKey(seal), keyLinks: [...this.sealed.keyLinks(seal)] };
    return AuditProofDto.of(checkpoint, key, seals, query.limit);
  }
}
