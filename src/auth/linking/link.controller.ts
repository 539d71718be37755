import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { WhenGiven } from '../../http/when-given';
import { redirect } from '../browser/redirect';
import { LINK_PAGE } from './link-proofs.service';
import { LinkAccount } from './link-account.service';
import { linkPage } from './link-page';

class ProofDto {
  @WhenGiven()
  @IsString()
  @MaxLength(1024)
  password?: string;
}

/** Where somebody proves that a member's account is theirs. */
@ApiExcludeController()
@Controller(LINK_PAGE)
export class LinkController {
  constructor(private readonly accounts: LinkAccount) {}

  @Get()
  @Public()
  async show(@Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void sendPage(reply, linkPage(await this.accounts.offered(headers.cookie)));
  }

  @Post()
  @Public()
  @Audited('sso.identity_linked')
  async link(
    @Body() { password }: ProofDto,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await redirect(reply, await this.accounts.link(headers, password));
  }
}
