import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, ScimClient } from '../../access/declarations';
import type { ScimPrincipal } from '../../access/principal';
import { NotAudited } from '../../audit/audited';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { BULK_BODY } from './bulk-body';
import { BulkService } from './bulk.service';

@ApiProduces('application/scim+json')
@ApiTags('SCIM 2.0')
@ScimClient('users', 'groups')
@Controller(`${SCIM_PREFIX}/Bulk`)
export class BulkController {
  constructor(private readonly bulk: BulkService) {}

  @Post()
  @HttpCode(200)
  @OutsideTransaction()
  @NotAudited('Each operation commits by itself, with the events of the single call that it stands for.')
  @ApiOperation({ summary: 'Many operations in one request (RFC 7644 section 3.7)' })
  @ApiConsumes('application/scim+json', 'application/json')
  @ApiBody(BULK_BODY)
  run(@Caller() caller: ScimPrincipal, @Body() body: unknown): Promise<object> {
    return this.bulk.run(caller, body);
  }
}
