import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/declarations';
import { IdParam } from '../../http/uuid-param';
import { ApiKeyUsageDto, ApiKeyUsageQuery } from './api-key-usage.dto';
import { ApiKeyUsage } from './api-key-usage.service';

@ApiTags('API keys')
@Controller('v1/api-keys')
export class ApiKeyUsageController {
  constructor(private readonly usage: ApiKeyUsage) {}

  @Get(':id/usage')
  @RequirePermission('api_keys:read')
  @ApiOperation({ summary: 'How many calls a key made on each day' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ApiKeyUsageDto })
  async perDay(
    @IdParam('API key') id: string,
    @Query() { from, to }: ApiKeyUsageQuery,
  ): Promise<ApiKeyUsageDto> {
    return ApiKeyUsageDto.of(await this.usage.perDay(id, from, to));
  }
}
