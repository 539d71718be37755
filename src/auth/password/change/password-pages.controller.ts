import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../../access/declarations';
import { Audited, NotAudited } from '../../../audit/audited';
import { sendPage } from '../../../http/html-page';
import { RateLimited } from '../../../rate-limits/rate-limited';
import { PAGES } from '../../pages/pages';
import { ForgottenPasswords } from './forgotten-passwords.service';
import { ForgotPasswordDto, ResetPasswordDto } from './password-change.dto';
import { changedPage, forgotPage, resetPage, sentPage } from './password-pages';
import { PasswordReset } from './password-reset.service';

/** The pages for people who forgot their password. */
@ApiExcludeController()
@Controller()
export class PasswordPagesController {
  constructor(
    private readonly forgotten: ForgottenPasswords,
    private readonly resets: PasswordReset,
  ) {}

  @Get(PAGES.forgot)
  @Public()
  askForAddress(@Res() reply: FastifyReply): void {
    void sendPage(reply, forgotPage());
  }

  @Post(PAGES.forgot)
  @Public()
  @RateLimited('mail')
  @NotAudited('It answers before it knows of whom; a link is on record when it is made.')
  forgot(@Body() { email }: ForgotPasswordDto, @Res() reply: FastifyReply): void {
    this.forgotten.request(email, undefined);
    void sendPage(reply, sentPage);
  }

  @Get(PAGES.reset)
  @Public()
  askForPassword(@Res() reply: FastifyReply): void {
    void sendPage(reply, resetPage());
  }

  @Post(PAGES.reset)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.password_reset')
  async reset(@Body() { token, password }: ResetPasswordDto, @Res() reply: FastifyReply): Promise<void> {
    await this.resets.reset(token, password);
    void sendPage(reply, changedPage);
  }
}
