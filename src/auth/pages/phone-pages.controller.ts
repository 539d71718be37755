import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, OutsideTransaction, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { problemOf } from '../../http/problem-of';
import { OwnEnrolment } from '../mfa/own-enrolment.service';
import { CodesShownOnce } from './codes-shown-once.service';
import { enrolled } from './enrolled';
import { PAGES } from './pages';
import { phoneCodePage } from './phone-pages';
import { RefusedOnPage } from './refused-on-page';
import { NewCodeFormDto, NewPhoneFormDto, OwnFactorFormDto } from './second-step.dto';

/** The pages on which somebody who is signed in adds a phone that gets codes. */
@ApiExcludeController()
@Controller()
export class PhonePagesController {
  constructor(
    private readonly enrolment: OwnEnrolment,
    private readonly codes: CodesShownOnce,
  ) {}

  @Post(PAGES.addPhone)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_enrolment_begun')
  async add(
    @Caller() caller: UserPrincipal,
    @Body() { phone }: NewPhoneFormDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const begun = await this.enrolment.add(caller, { type: 'sms', name: null, phone });
    void sendPage(reply, phoneCodePage(begun.id, { phone: begun.phone }));
  }

  @Post(PAGES.sendToPhone)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_code_sent')
  async sendAgain(
    @Caller() caller: UserPrincipal,
    @Body() { factorId }: OwnFactorFormDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { phone } = await orCodeAgain(factorId, AGAIN_LATER, () =>
      this.enrolment.sendAgain(caller, factorId),
    );
    void sendPage(reply, phoneCodePage(factorId, { phone }));
  }

  @Post(PAGES.confirmPhone)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_enrolled')
  async confirm(
    @Caller() caller: UserPrincipal,
    @Body() { factorId, code }: NewCodeFormDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    enrolled(
      reply,
      await orCodeAgain(factorId, ['invalid_code'], () => this.codes.confirm(caller, factorId, { code })),
    );
  }
}

const AGAIN_LATER = ['rate_limited', 'sms_not_sent'];

/** The code sent before may be on its way, and another one can be asked for: the page stays, and says what is wrong. */
async function orCodeAgain<T>(
  factorId: string,
  codes: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    const problem = problemOf(failure);
    if (!codes.includes(problem.code)) throw failure;
    throw new RefusedOnPage(problem, phoneCodePage(factorId, { error: problem.detail }));
  }
}
