import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { ConnectionSignals } from './connection-signals.service';
import { SignalSetUp } from './signal-set-up.service';
import { ChangedSignalsDto, SignalsDto, SignalsInputDto } from './signals.dto';

/** Who may end sessions of a connection from outside. */
@ApiTags('Connections')
@Controller('v1/sso/connections/:id/signals')
export class SignalsController {
  constructor(
    private readonly signals: ConnectionSignals,
    private readonly setUp: SignalSetUp,
  ) {}

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({
    summary: 'Show whose revocations and security events count for a connection, and where they are sent to',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SignalsDto })
  show(@IdParam('Connection') id: string): Promise<SignalsDto> {
    return this.signals.show(id);
  }

  @Put()
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.signals_updated')
  @ApiOperation({ summary: 'Say whose revocations and security events count for a connection' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ChangedSignalsDto })
  replace(
    @Caller() { workspaceId }: Principal,
    @IdParam('Connection') id: string,
    @Body() input: SignalsInputDto,
  ): Promise<ChangedSignalsDto> {
    return this.setUp.replace(workspaceId, id, input);
  }

  @Delete()
  @HttpCode(204)
  @RequirePermission('sso:write')
  @Audited('sso_connection.signals_removed')
  @ApiOperation({ summary: 'Listen to nobody beyond what the settings of the connection imply' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  remove(@IdParam('Connection') id: string): Promise<void> {
    return this.signals.remove(id);
  }
}
