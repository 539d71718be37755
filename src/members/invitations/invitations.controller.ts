import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, RequireScope } from '../../access/declarations';
import { AuditTrail } from '../../audit/audit-trail';
import { Audited } from '../../audit/audited';
import { Database } from '../../database/database';
import { type Page, PageQuery, toPage } from '../../http/page';
import { IdParam } from '../../http/uuid-param';
import { InvitationDelivery } from './invitation-delivery.service';
import { InvitationList } from './invitation-list.service';
import {
  BulkInvitationDto,
  BulkInvitedDto,
  CreateInvitationDto,
  InvitationDto,
  InvitationPage,
  SentInvitationDto,
} from './invitations.dto';
import { type Inviter, InvitationsService, type IssuedInvitation } from './invitations.service';

/**
 * Mails leave after COMMIT and the answers report their state, so these handlers open their transactions themselves.
 */
@ApiTags('Invitations')
@Controller('v1/invitations')
export class InvitationsController {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly rows: InvitationList,
    private readonly delivery: InvitationDelivery,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  @RequirePermission('members:read')
  @RequireScope('members:read')
  @ApiOperation({ summary: 'List invitations, newest first' })
  @ApiOkResponse({ type: InvitationPage })
  async list(@Query() query: PageQuery): Promise<Page<InvitationDto>> {
    const found = await this.invitations.list(query);
    const fates = await this.delivery.fates(found.map(({ id }) => id));
    return toPage(found, query.limit, (invitation) => InvitationDto.of(invitation, fates.get(invitation.id)));
  }

  @Post()
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @OutsideTransaction()
  @Audited('workspace.member_invited')
  @ApiOperation({ summary: 'Invite somebody by email; the link works once and for seven days' })
  @ApiCreatedResponse({ type: SentInvitationDto })
  @ApiConflictResponse({ description: '`already_member`, `address_of_another`, `already_invited`' })
  async create(@Caller() caller: Inviter, @Body() input: CreateInvitationDto): Promise<SentInvitationDto> {
    return this.send(caller, () => this.invitations.create(caller, input));
  }

  @Post('bulk')
  @HttpCode(200)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @OutsideTransaction()
  @Audited('workspace.member_invited')
  @ApiOperation({ summary: 'Invite up to 200 people; each row succeeds or is refused by itself' })
  @ApiOkResponse({ type: BulkInvitedDto })
  async createMany(
    @Caller() caller: Inviter,
    @Body() { invitations }: BulkInvitationDto,
  ): Promise<BulkInvitedDto> {
    const outcomes = await this.rows.invite(caller, invitations);
    if (outcomes.every(({ refusal }) => refusal)) this.trail.nothingChanged();
    return BulkInvitedDto.of(outcomes, this.delivery.road);
  }

  @Post(':id/resend')
  @HttpCode(200)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @OutsideTransaction()
  @Audited('workspace.invitation_resent')
  @ApiOperation({ summary: 'Mail a new link; the old one stops working' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: SentInvitationDto })
  @ApiConflictResponse({ description: '`invitation_closed`, `already_member`, `address_of_another`' })
  async resend(@Caller() caller: Inviter, @IdParam('Invitation') id: string): Promise<SentInvitationDto> {
    return this.send(caller, () => this.invitations.resend(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('workspace.invitation_revoked')
  @ApiOperation({ summary: 'Revoke an invitation' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: '`invitation_closed`: it was accepted' })
  async revoke(@IdParam('Invitation') id: string): Promise<void> {
    await this.invitations.revoke(id);
  }

  private async send(caller: Inviter, issue: () => Promise<IssuedInvitation>): Promise<SentInvitationDto> {
    const { invitation } = await this.database.inWorkspace(caller.workspaceId, async () => {
      const issued = await issue();
      this.delivery.send(caller, issued);
      return issued;
    });
    const { id } = invitation;
    const fates = await this.database.inWorkspace(caller.workspaceId, () => this.delivery.fates([id]));
    return SentInvitationDto.sent(invitation, fates.get(id), this.delivery.road);
  }
}
