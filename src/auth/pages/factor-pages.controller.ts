import { Body, Controller, Get, Post, Redirect, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, OutsideTransaction, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { problemOf } from '../../http/problem-of';
import { SmsService } from '../../mail/sms.service';
import { FactorsService } from '../factors/factors.service';
import { OwnEnrolment } from '../mfa/own-enrolment.service';
import { OwnFactors } from '../mfa/own-factors.service';
import { CodesShownOnce } from './codes-shown-once.service';
import { enrolled } from './enrolled';
import { appCodeAgainPage, appKeyGonePage, factorsPage, newAppPage } from './factor-pages';
import { PAGES } from './pages';
import { RefusedOnPage } from './refused-on-page';
import { recoveryCodesPage } from './second-factor-pages';
import { NewCodeFormDto, NewPasskeyFormDto, OwnFactorFormDto } from './second-step.dto';

/** The page on which people look after what they sign in with. */
@ApiExcludeController()
@Controller()
export class FactorPagesController {
  constructor(
    private readonly factors: FactorsService,
    private readonly own: OwnFactors,
    private readonly enrolment: OwnEnrolment,
    private readonly codes: CodesShownOnce,
    private readonly sms: SmsService,
  ) {}

  @Get(PAGES.factors)
  @SignedIn()
  async show(@Caller() { memberId }: UserPrincipal, @Res() reply: FastifyReply): Promise<void> {
    const confirmed = (await this.factors.list(memberId)).filter(({ confirmedAt }) => confirmedAt !== null);
    const allowed = await this.factors.allowedTypes();
    // Where nothing carries text messages to phones, nobody should depend on one.
    const offered = this.sms.delivery === 'webhook' ? allowed : allowed.filter((type) => type !== 'sms');
    void sendPage(reply, factorsPage(confirmed, offered));
  }

  @Post(PAGES.addFactor)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_enrolled')
  async add(
    @Caller() caller: UserPrincipal,
    @Body() { factorId, credential }: NewPasskeyFormDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    enrolled(reply, await this.codes.confirm(caller, factorId, { credential }));
  }

  @Post(PAGES.addApp)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_enrolment_begun')
  async addApp(@Caller() caller: UserPrincipal, @Res() reply: FastifyReply): Promise<void> {
    void sendPage(reply, newAppPage(await this.enrolment.addApp(caller)));
  }

  @Post(PAGES.confirmApp)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_enrolled')
  async confirmApp(
    @Caller() caller: UserPrincipal,
    @Body() { factorId, code }: NewCodeFormDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    try {
      enrolled(reply, await this.codes.confirm(caller, factorId, { code }));
    } catch (failure) {
      const problem = problemOf(failure);
      if (problem.status === 404) throw new RefusedOnPage(problem, appKeyGonePage());
      // The key counts on: with the next code, or typed anew.
      if (problem.code !== 'invalid_code') throw failure;
      throw new RefusedOnPage(problem, appCodeAgainPage(factorId, problem.detail));
    }
  }

  @Post(PAGES.recoveryCodes)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.recovery_codes_replaced')
  async replaceRecoveryCodes(@Caller() caller: UserPrincipal, @Res() reply: FastifyReply): Promise<void> {
    void sendPage(reply, recoveryCodesPage(await this.codes.replace(caller), PAGES.factors));
  }

  @Post(PAGES.removeFactor)
  @Redirect(PAGES.factors, 303)
  @SignedIn()
  @Audited('auth.factor_removed')
  async remove(@Caller() caller: UserPrincipal, @Body() { factorId }: OwnFactorFormDto): Promise<void> {
    await this.own.remove(caller, factorId);
  }
}
