import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { InvitationAcceptanceService } from '../../members/invitations/invitation-acceptance.service';
import { AcceptInvitationDto } from './accept-invitation.dto';
import { AcceptInvitationService } from './accept-invitation.service';
import { INVITATION_PAGE, invitationPage, joinedPage } from './invitation-pages';

class InvitationLinkDto {
  @IsString()
  @MaxLength(256)
  token: string;
}

/** A form sends its empty fields too. */
class AcceptInvitationForm extends AcceptInvitationDto {
  @Transform(({ value }: { value: unknown }) => (value === '' ? undefined : value))
  declare name?: string;
}

/** The page behind the link of an invitation mail. Opening it changes nothing: mail filters open links too. */
@ApiExcludeController()
@Controller(INVITATION_PAGE)
export class InvitationPageController {
  constructor(
    private readonly acceptance: InvitationAcceptanceService,
    private readonly invitations: AcceptInvitationService,
  ) {}

  @Get()
  @Public()
  async show(@Query() { token }: InvitationLinkDto, @Res() reply: FastifyReply): Promise<void> {
    void sendPage(reply, invitationPage(token, await this.acceptance.examine(token)));
  }

  @Post()
  @Public()
  @Audited('workspace.member_joined')
  async accept(@Body() form: AcceptInvitationForm, @Res() reply: FastifyReply): Promise<void> {
    const { workspace, member } = await this.invitations.accept(form);
    void sendPage(reply, joinedPage(workspace.name, member.email));
  }
}
