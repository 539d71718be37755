import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { IdempotentCalls } from '../../idempotency/idempotent-calls.service';
import { SetupViews } from '../../sso-connections/setup-links/setup-view.service';
import { SetupWork } from '../../sso-connections/setup-links/setup-work.service';
import { redirect } from '../browser/redirect';
import { queryOf, withWarnings } from './change-warnings';
import { secretEndWarnings } from './secret-end';
import { SetupBrowser } from './setup-browser';
import { inputOf } from './provider-form';
import { SetupForm, SetupQuery, SetupTokenForm } from './setup-form.dto';
import { SETUP_PAGE, setupAttemptPage, setupPage, TAKEN_OVER } from './setup-pages';
import { problemNotice } from './setup-problem.renderer';

/** The pages behind a setup link. Forms only; they work without scripts. */
@ApiExcludeController()
@Controller(SETUP_PAGE)
export class SetupController {
  constructor(
    private readonly browser: SetupBrowser,
    private readonly views: SetupViews,
    private readonly work: SetupWork,
    private readonly calls: IdempotentCalls,
  ) {}

  @Get()
  @Public()
  async show(
    @Query() { done, warned }: SetupQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visit, formToken } = await this.browser.resume(request);
    const notice = done && { ok: true, text: TAKEN_OVER };
    const view = withWarnings(await this.views.overview(visit), warned);
    void sendPage(reply, setupPage(view, formToken, notice));
  }

  /**
   * Done, it goes back to the page itself: whoever loads that again sends nothing a second time. Pressed twice, it is done
   * once.
   */
  @Post()
  @Public()
  @Audited('setup_link.used')
  async describe(
    @Body() { formToken: shown, ...form }: SetupForm,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visit, formToken } = await this.browser.submit(request, shown);
    let taken = '';
    const refusal = await problemNotice({ ...form }, async () => {
      taken = await this.calls.runFor({ ...visit, id: visit.linkId }, async () => {
        const seen = { issuer: form.knownIssuer, revision: form.seen };
        const warnings = await this.work.describe(visit, inputOf(form, new Date()), seen);
        return queryOf('taken', [...(warnings ?? []), ...secretEndWarnings(form)]);
      });
    });
    if (!refusal) return void reply.redirect(`${SETUP_PAGE}?${taken}`, 303);
    void sendPage(reply, setupPage(await this.views.overview(visit), formToken, refusal));
  }

  @Post('test')
  @Public()
  @Audited('setup_link.used')
  async test(
    @Body() { formToken }: SetupTokenForm,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visit } = await this.browser.submit(request, formToken);
    void reply.redirect(await this.work.test(visit), 303);
  }

  @Get('attempts/:attemptId')
  @Public()
  async attempt(
    @Param('attemptId') attemptId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visit } = await this.browser.resume(request);
    const { report, name } = await this.views.attempt(visit, attemptId);
    void sendPage(reply, setupAttemptPage(report, name));
  }

  /** The link itself: exchanged at once, so that it does not stay in the address bar. */
  @Get(':link')
  @Public()
  async open(@Param('link') link: string, @Res() reply: FastifyReply): Promise<void> {
    await redirect(reply, { location: SETUP_PAGE, setCookies: [await this.browser.open(link)] });
  }
}
