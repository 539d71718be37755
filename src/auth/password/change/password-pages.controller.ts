import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../../access/declarations';
import { Audited, NotAudited } from '../../../audit/audited';
import { sendPage } from '../../../http/html-page';
import { IdempotentCalls } from '../../../idempotency/idempotent-calls.service';
import { RateLimited } from '../../../rate-limits/rate-limited';
import { destinationOf } from '../../browser/destination';
import { PAGES } from '../../pages/pages';
import { ForgottenPasswords } from './forgotten-passwords.service';
import { ForgotPasswordFormDto, ResetPasswordFormDto } from './password-change.dto';
import { changedPage, forgotPage, resetPage, sentPage } from './password-pages';
import { PasswordReset } from './password-reset.service';
import { ResetLinks } from './reset-links.service';

/** The pages for people who forgot their password. */
@ApiExcludeController()
@Controller()
export class PasswordPagesController {
  constructor(
    private readonly forgotten: ForgottenPasswords,
    private readonly resets: PasswordReset,
    private readonly links: ResetLinks,
    private readonly calls: IdempotentCalls,
  ) {}

  @Get(PAGES.forgot)
  @Public()
  askForAddress(@Query('destination') wanted: unknown, @Res() reply: FastifyReply): void {
    void sendPage(reply, forgotPage({ destination: destinationOf(wanted) }));
  }

  @Post(PAGES.forgot)
  @Public()
  @RateLimited('mail')
  @NotAudited('It answers before it knows of whom; a link is on record when it is made.')
  forgot(@Body() { email, destination }: ForgotPasswordFormDto, @Res() reply: FastifyReply): void {
    this.forgotten.request({ email, destination });
    void sendPage(reply, sentPage(destination));
  }

  @Get(PAGES.reset)
  @Public()
  askForPassword(@Query('destination') wanted: unknown, @Res() reply: FastifyReply): void {
    void sendPage(reply, resetPage({ destination: destinationOf(wanted) }));
  }

  /** Pressed twice, or sent again by a reload, it is done once, and says so both times. */
  @Post(PAGES.reset)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.password_reset')
  async reset(
    @Body() { token, password, destination }: ResetPasswordFormDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const reset = async (): Promise<string> => {
      await this.resets.reset(token, password);
      return '';
    };
    const link = await this.links.sent(token);
    await (link ? this.calls.runFor(link, reset) : reset());
    void sendPage(reply, changedPage(destination));
  }
}
