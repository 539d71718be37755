import { Body, Controller, Get, Post, Query, Redirect, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, OutsideTransaction, Public, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { Config } from '../../config/config';
import { Problem } from '../../http/problems';
import { type HtmlPage, sendPage } from '../../http/html-page';
import { LogoutService } from '../logout/logout.service';
import { destinationOf } from '../browser/destination';
import { keepDestination } from '../browser/kept-destination';
import { redirect } from '../browser/redirect';
import type { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import { RateLimited } from '../../rate-limits/rate-limited';
import { PageSecondStep } from './page-second-step.service';
import { PageSignIn } from './page-sign-in.service';
import { consolePage } from './home-page';
import { emailPage, PAGES, passwordPage } from './pages';
import { type Begun, choicePage, enrollmentPage, secondFactorPage } from './second-factor-pages';
import { EmailFormDto, PasswordFormDto } from './sign-in-forms.dto';
import { SignOutDto } from './sign-out.dto';
import { wantedBy } from './wanted';

/** The pages for people: sign in, see who you are, sign out. Forms only; they work without scripts. */
@ApiExcludeController()
@Controller()
export class PagesController {
  constructor(
    private readonly signIn: PageSignIn,
    private readonly steps: PageSecondStep,
    private readonly logouts: LogoutService,
    private readonly config: Config,
  ) {}

  /** Whoever types the bare address wants in; without a session the console leads on to the sign-in. */
  @Get()
  @Public()
  @Redirect(PAGES.console, 303)
  home(): void {}

  @Get(PAGES.signIn)
  @Public()
  async askForEmail(@Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const { destination, email } = await wantedBy(query, this.config);
    if (destination) void reply.header('set-cookie', keepDestination(destination, this.config.secureOrigin));
    void sendPage(reply, emailPage({ destination, email }));
  }

  @Post(PAGES.signIn)
  @Public()
  @RateLimited('sign-in')
  @NotAudited('It says which way leads in; whoever takes that way is recorded there.')
  async chooseWay(@Body() { email, destination }: EmailFormDto, @Res() reply: FastifyReply): Promise<void> {
    const provider = await this.signIn.providerOf(email, destination);
    void (provider ? reply.redirect(provider, 303) : sendPage(reply, passwordPage({ email, destination })));
  }

  @Get(PAGES.password)
  @Public()
  askForPassword(@Query('destination') wanted: unknown, @Res() reply: FastifyReply): void {
    void sendPage(reply, passwordPage({ destination: destinationOf(wanted) }));
  }

  @Post(PAGES.password)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded', 'auth.code_issued', 'auth.second_factor_asked')
  async signInByPassword(
    @Body() { destination, ...input }: PasswordFormDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.signIn.byPassword(input, request.headers.origin, destination);
    if ('location' in answer) await redirect(reply, answer);
    else void sendPage(reply, await this.secondStep({ ...answer, destination }));
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

  /** What can be set up without a choice is; the other ways stand beside it. */
  private async secondStep(asked: SecondFactorAskedDto & Begun): Promise<HtmlPage> {
    if (!asked.enrollmentRequired) return secondFactorPage(asked);
    const begun = await this.steps.setUp(asked.mfaToken, { type: 'totp', name: null }).catch(ifNotAllowed);
    return begun ? enrollmentPage(asked, begun) : choicePage(asked);
  }
}

function ifNotAllowed(failure: unknown): undefined {
  if (!(failure instanceof Problem && failure.code === 'factor_not_allowed')) throw failure;
}
