import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController, IntersectionType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { Config } from '../../config/config';
import { sendPage } from '../../http/html-page';
import { IdempotentCalls } from '../../idempotency/idempotent-calls.service';
import { forgetDestination, keptDestination } from '../browser/kept-destination';
import { SentOnceDto } from '../pages/forms/sent-once';
import { AcceptInvitationDto } from './accept-invitation.dto';
import { AcceptInvitationService } from './accept-invitation.service';
import { INVITATION_PAGE, invitationPage, type Joined, joinedPage } from './invitation-pages';
import { Visitor } from './visitor.service';

class InvitationLinkDto {
  /** Left out where a mail program cut the link: then it is as wrong as any other. */
  @IsString()
  @MaxLength(256)
  token: string = '';
}

/** A form sends its empty fields too. */
class AcceptInvitationForm extends IntersectionType(AcceptInvitationDto, SentOnceDto) {
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
    private readonly calls: IdempotentCalls,
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

  /** Pressed twice, or sent again by a reload, it welcomes the same person again. */
  @Post()
  @Public()
  @Audited('workspace.member_joined')
  async accept(
    @Body() { once: _, ...form }: AcceptInvitationForm,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visitor = await this.visitor.of(request);
    const accept = async (): Promise<string> => {
      const { workspace, member, signIn } = await this.invitations.accept(form, visitor);
      return JSON.stringify({ workspaceName: workspace.name, email: member.email, signIn } satisfies Joined);
    };
    const link = await this.invitations.sent(form.token);
    const joined = JSON.parse(link ? await this.calls.runFor(link, accept) : await accept()) as Joined;
    const { secureOrigin } = this.config;
    // Whoever is signed in has got to the page that they wanted.
    const destination = visitor ? undefined : keptDestination(request.headers.cookie, secureOrigin);
    if (destination) void reply.header('set-cookie', forgetDestination(secureOrigin));
    void sendPage(reply, joinedPage(joined, destination));
  }
}
