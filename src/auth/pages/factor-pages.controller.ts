import { Body, Controller, Get, Post, Redirect, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, OutsideTransaction, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { FactorsService } from '../factors/factors.service';
import { OwnEnrolment } from '../mfa/own-enrolment.service';
import { OwnFactors } from '../mfa/own-factors.service';
import { factorsPage } from './factor-pages';
import { PAGES } from './pages';
import { recoveryCodesPage } from './second-factor-pages';
import { NewPasskeyFormDto, RemoveFactorFormDto } from './second-step.dto';

/** The page on which people look after what they sign in with. */
@ApiExcludeController()
@Controller()
export class FactorPagesController {
  constructor(
    private readonly factors: FactorsService,
    private readonly own: OwnFactors,
    private readonly enrolment: OwnEnrolment,
  ) {}

  @Get(PAGES.factors)
  @SignedIn()
  async show(@Caller() { memberId }: UserPrincipal, @Res() reply: FastifyReply): Promise<void> {
    const confirmed = (await this.factors.list(memberId)).filter(({ confirmedAt }) => confirmedAt !== null);
    void sendPage(reply, factorsPage(confirmed));
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
    const { recoveryCodes } = await this.enrolment.confirm(caller, factorId, { credential });
    if (!recoveryCodes) return void reply.redirect(PAGES.factors, 303);
    void sendPage(reply, recoveryCodesPage(recoveryCodes, PAGES.factors));
  }

  @Post(PAGES.removeFactor)
  @Redirect(PAGES.factors, 303)
  @SignedIn()
  @Audited('auth.factor_removed')
  async remove(@Caller() caller: UserPrincipal, @Body() { factorId }: RemoveFactorFormDto): Promise<void> {
    await this.own.remove(caller, factorId);
  }
}
