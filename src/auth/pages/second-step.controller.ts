import { Body, Controller, Get, Header, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { RateLimited } from '../../rate-limits/rate-limited';
import { redirect } from '../browser/redirect';
import { answerOf } from '../factors/answer.dto';
import { PAGES } from './pages';
import { PageSecondStep } from './page-second-step.service';
import { PageSignIn } from './page-sign-in.service';
import { PASSKEYS_SCRIPT } from './passkeys-script';
import { codeSentPage, enrollmentPage, recoveryCodesPage } from './second-factor-pages';
import {
  AnswerFormDto,
  FactorFormDto,
  PasskeySignInFormDto,
  SetUpFormDto,
  SkipFormDto,
} from './second-step.dto';

/** The pages of a second step, and the sign-in that needs none. */
@ApiExcludeController()
@Controller()
export class SecondStepController {
  constructor(
    private readonly steps: PageSecondStep,
    private readonly signIn: PageSignIn,
  ) {}

  @Get(PAGES.script)
  @Public()
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  script(): string {
    return PASSKEYS_SCRIPT;
  }

  @Post(PAGES.passkey)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded', 'auth.code_issued')
  async signInByPasskey(
    @Body() { credential, destination }: PasskeySignInFormDto,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await redirect(reply, await this.signIn.byPasskey(credential, headers.origin, destination));
  }

  @Post(PAGES.secondFactor)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded', 'auth.code_issued')
  async verify(
    @Body() { mfaToken, factorId, code, credential, destination }: AnswerFormDto,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const step = { mfaToken, factorId, answer: answerOf({ code, credential }) };
    const { opened, recoveryCodes } = await this.steps.verify(step, headers.origin, destination);
    if (!recoveryCodes) return redirect(reply, opened);
    void reply.header('set-cookie', [...opened.setCookies]);
    void sendPage(reply, recoveryCodesPage(recoveryCodes, opened.location));
  }

  @Post(PAGES.setUp)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.factor_enrolment_begun')
  async setUp(@Body() form: SetUpFormDto, @Res() reply: FastifyReply): Promise<void> {
    const { mfaToken, type, phone, destination } = form;
    const enrolment = await this.steps.setUp(mfaToken, { type, name: null, phone });
    void sendPage(reply, enrollmentPage({ mfaToken, destination }, enrolment));
  }

  @Post(PAGES.sendCode)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.factor_code_sent')
  async sendCode(@Body() begun: FactorFormDto, @Res() reply: FastifyReply): Promise<void> {
    const { phone } = await this.steps.sendCode(begun.mfaToken, begun.factorId);
    void sendPage(reply, codeSentPage(begun, begun.factorId, phone));
  }

  @Post(PAGES.skip)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded', 'auth.code_issued')
  async skip(
    @Body() { mfaToken, destination }: SkipFormDto,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await redirect(reply, await this.steps.skip(mfaToken, headers.origin, destination));
  }
}
