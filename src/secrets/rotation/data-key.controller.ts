import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { Database } from '../../database/database';
import { DataKeyRotation } from './data-key-rotation.service';

class DataKeyDto {
  @ApiProperty({ format: 'uuid', description: 'The data key that seals now' })
  dataKeyId: string;

  @ApiProperty({ description: 'How many values are still under keys of before' })
  left: number;
}

@ApiTags('Secrets')
@Controller('v1/secrets/data-key')
export class DataKeyController {
  constructor(
    private readonly rotation: DataKeyRotation,
    private readonly database: Database,
  ) {}

  /** OutsideTransaction, because the first call creates the key, which a read-only transaction could not. */
  @Get()
  @RequirePermission('secrets:read')
  @OutsideTransaction()
  @ApiOperation({ summary: 'The data key of the workspace, and how far its rotation has come' })
  @ApiOkResponse({ type: DataKeyDto })
  state(@Caller() caller: Principal): Promise<DataKeyDto> {
    return this.database.inWorkspace(caller.workspaceId, () => this.rotation.state());
  }

  @Post('rotate')
  @HttpCode(202)
  @RequirePermission('secrets:write')
  @Audited('secret.data_key_rotated')
  @ApiOperation({ summary: 'A new data key for the workspace; old values follow while everything works' })
  @ApiAcceptedResponse({ type: DataKeyDto })
  rotate(): Promise<DataKeyDto> {
    return this.rotation.begin();
  }
}
