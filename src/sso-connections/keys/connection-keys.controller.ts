import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission } from '../../access/declarations';
import type { Principal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { Database } from '../../database/database';
import { pageOfAll, PageQuery } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { ActivateKeyDto, ConnectionKeyDto, ConnectionKeyList } from './connection-keys.dto';
import { ConnectionKeys } from './connection-keys.service';
import { newKeyPair } from './key-pair';

/** The keys that we sign with, and are encrypted to, at the identity provider of a connection. */
@ApiTags('Connections')
@Controller('v1/sso/connections/:id/keys')
export class ConnectionKeysController {
  constructor(
    private readonly keys: ConnectionKeys,
    private readonly database: Database,
  ) {}

  @Get()
  @RequirePermission('sso:read')
  @ApiOperation({ summary: 'List the keys of a connection that are published' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConnectionKeyList })
  async list(@IdParam('Connection') id: string, @Query() query: PageQuery): Promise<ConnectionKeyList> {
    return pageOfAll((await this.keys.list(id)).map(ConnectionKeyDto.of), query);
  }

  @Post()
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('sso_connection.key_published')
  @ApiOperation({ summary: 'Publish a new key beside the one that signs, for the other side to learn' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiCreatedResponse({ type: ConnectionKeyDto })
  async publish(
    @Caller() { workspaceId }: Principal,
    @IdParam('Connection') id: string,
  ): Promise<ConnectionKeyDto> {
    const pair = await newKeyPair(id);
    return ConnectionKeyDto.of(
      await this.database.inWorkspace(workspaceId, () => this.keys.publish(id, pair)),
    );
  }

  @Post(':keyId/activate')
  @HttpCode(200)
  @RequirePermission('sso:write')
  @Audited('sso_connection.key_activated')
  @ApiOperation({ summary: 'Sign with a published key from now on; the key before retires after an overlap' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConnectionKeyDto })
  async activate(
    @IdParam('Connection') id: string,
    @IdParam('Key', 'keyId') keyId: string,
    @Body() { overlapDays }: ActivateKeyDto,
  ): Promise<ConnectionKeyDto> {
    return ConnectionKeyDto.of(await this.keys.activate(id, keyId, overlapDays));
  }

  @Delete(':keyId')
  @HttpCode(204)
  @RequirePermission('sso:write')
  @Audited('sso_connection.key_removed')
  @ApiOperation({ summary: 'Remove a key that does not sign' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  remove(@IdParam('Connection') id: string, @IdParam('Key', 'keyId') keyId: string): Promise<void> {
    return this.keys.remove(id, keyId);
  }
}
