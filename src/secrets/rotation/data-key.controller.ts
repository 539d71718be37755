import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/declarations';
import { Audited } from '../../audit/audited';
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
  constructor(private readonly rotation: DataKeyRotation) {}

  @Get()
  @RequirePermission('secrets:read')
  @ApiOperation({ summary: 'The data key of the workspace, and how far its rotation has come' })
  @ApiOkResponse({ type: DataKeyDto })
  state(): Promise<DataKeyDto> {
    return this.rotation.state();
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
