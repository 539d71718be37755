import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OnlyLooks, OutsideTransaction, RequirePermission } from '../../access/declarations';
import { NotAudited } from '../../audit/audited';
import { ValidationFailed } from '../../http/problems';
import { ProviderSetUp } from '../provider-set-up.service';
import { InspectMetadataDto, MetadataInspectionDto } from './metadata-inspection.dto';

const ONE_SOURCE = 'Give one of metadataXml and metadataUrl.';

@ApiTags('Connections')
@Controller('v1/sso/metadata')
export class MetadataController {
  constructor(private readonly setUp: ProviderSetUp) {}

  @Post('inspect')
  @HttpCode(200)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @OnlyLooks()
  @NotAudited('It reads what the caller brings and keeps nothing of it.')
  @ApiOperation({ summary: 'Show what a connection would take out of metadata, without making one' })
  @ApiOkResponse({ type: MetadataInspectionDto })
  async inspect(@Body() input: InspectMetadataDto): Promise<MetadataInspectionDto> {
    const now = new Date();
    const both = input.metadataXml !== undefined && input.metadataUrl !== undefined;
    const metadata = both ? undefined : await this.setUp.inspect(input, now);
    if (!metadata) throw new ValidationFailed([{ field: 'metadataXml', message: ONE_SOURCE }]);
    return MetadataInspectionDto.of(metadata, now);
  }
}
