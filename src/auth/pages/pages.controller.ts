import { Body, Controller, Get, Post, Redirect, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, OutsideTransaction, Public, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { type HtmlPage, sendPage } from '../../http/html-page';
import { DiscoverDto } from '../discovery/discovery.dto';
import { LoginDto } from '../password/login.dto';
import { LogoutService } from '../logout/logout.service';
import { redirect } from '../browser/redirect';
import { VerifyFactorDto } from '../mfa/mfa.dto';
import type { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import { RateLimited } from '../../rate-limits/rate-limited';
import { PageSignIn } from './page-sign-in.service';
import { consolePage, emailPage, PAGES, passwordPage } from './pages';
import { enrollmentPage, recoveryCodesPage, secondFactorPage } from './second-factor-pages';
import { SignOutDto } from './sign-out.dto';

/** The pages for people: sign in, see who you are, sign out. Forms only; they work without scripts. */
@ApiExcludeController()
@Controller()
export class PagesController {
  constructor(
    private readonly signIn: PageSignIn,
    private readonly logouts: LogoutService,
  ) {}

  /** Whoever types the bare address wants in; without a session the console leads on to the sign-in. */
  @Get()
  @Public()
  @Redirect(PAGES.console, 303)
  home(): void {}

  @Get(PAGES.signIn)
  @Public()
  askForEmail(@Res() reply: FastifyReply): void {
    void sendPage(reply, emailPage());
  }

  @Post(PAGES.signIn)
  @Public()
  @RateLimited('sign-in')
  @NotAudited('It says which way leads in; whoever takes that way is recorded there.')
  async chooseWay(@Body() { email }: DiscoverDto, @Res() reply: FastifyReply): Promise<void> {
    const provider = await this.signIn.providerOf(email);
    void (provider ? reply.redirect(provider, 303) : sendPage(reply, passwordPage({ email })));
  }

  @Get(PAGES.password)
  @Public()
  askForPassword(@Res() reply: FastifyReply): void {
    void sendPage(reply, passwordPage());
  }

  @Post(PAGES.password)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded', 'auth.second_factor_asked')
  async signInByPassword(
    @Body() input: LoginDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.signIn.byPassword(input, request.headers.origin);
    if (typeof answer === 'string') enter(reply, answer);
    else void sendPage(reply, await this.secondStep(answer));
  }

  @Post(PAGES.secondFactor)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded')
  async signInBySecondFactor(
    @Body() input: VerifyFactorDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { opened, recoveryCodes } = await this.signIn.bySecondFactor(input, request.headers.origin);
    if (!recoveryCodes) return enter(reply, opened);
    void sendPage(reply.header('set-cookie', opened), recoveryCodesPage(recoveryCodes));
  }

  @Get(PAGES.console)
  @SignedIn()
  whoYouAre(@Caller() caller: UserPrincipal, @Res() reply: FastifyReply): void {
    void sendPage(reply, consolePage(caller));
  }

  @Post(PAGES.signOut)
  @OutsideTransaction()
  @SignedIn()
  @Audited('auth.logged_out')
  async signOut(
    @Caller() caller: UserPrincipal,
    @Body() { idp }: SignOutDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const leave = { idp: idp !== undefined, browser: true };
    const { location = PAGES.signIn, setCookies } = await this.logouts.logOut(caller, leave);
    await redirect(reply, { location, setCookies });
  }

  private async secondStep({
    mfaToken,
    factors,
    enrollmentRequired,
  }: SecondFactorAskedDto): Promise<HtmlPage> {
    return enrollmentRequired
      ? enrollmentPage(mfaToken, await this.signIn.enroll(mfaToken, 'totp'))
      : secondFactorPage(mfaToken, factors);
  }
}

/** Into the console, with the cookie of the session. */
function enter(reply: FastifyReply, cookie: string): void {
  void reply.header('set-cookie', cookie).redirect(PAGES.console, 303);
}
