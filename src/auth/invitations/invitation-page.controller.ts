import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { Config } from '../../config/config';
import { sendPage } from '../../http/html-page';
import { forgetDestination, keptDestination } from '../browser/kept-destination';
import { AcceptInvitationDto } from './accept-invitation.dto';
import { AcceptInvitationService } from './accept-invitation.service';
import { INVITATION_PAGE, invitationPage, joinedPage } from './invitation-pages';
import { Visitor } from './visitor.service';

class InvitationLinkDto {
  /** Left out where a mail program cut the link: then it is as wrong as any other. */
  @IsString()
  @MaxLength(256)
  token: string = '';
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
    private readonly invitations: AcceptInvitationService,
    private readonly visitor: Visitor,
    private readonly config: Config,
  ) {}

  @Get()
  @Public()
  async show(
    @Query() { token }: InvitationLinkDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const invitation = await this.invitations.examine(token, await this.visitor.of(request));
    void sendPage(reply, invitationPage(token, invitation));
  }

  @Post()
  @Public()
  @Audited('workspace.member_joined')
  async accept(
    @Body() form: AcceptInvitationForm,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visitor = await this.visitor.of(request);
    const accepted = await this.invitations.accept(form, visitor);
    const { secureOrigin } = this.config;
    // Whoever is signed in has got to the page that they wanted.
    const destination = visitor ? undefined : keptDestination(request.headers.cookie, secureOrigin);
    if (destination) void reply.header('set-cookie', forgetDestination(secureOrigin));
    void sendPage(reply, joinedPage(accepted, destination));
  }
}
