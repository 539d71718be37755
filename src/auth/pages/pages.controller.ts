import { Body, Controller, Get, Post, Redirect, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, OutsideTransaction, Public, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { sendPage } from '../../http/html-page';
import { DiscoverDto } from '../discovery/discovery.dto';
import { LoginDto } from '../password/login.dto';
import { LogoutService } from '../logout/logout.service';
import { redirect } from '../browser/redirect';
import { PageSignIn } from './page-sign-in.service';
import { consolePage, emailPage, PAGES, passwordPage } from './pages';
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
  @Audited('auth.login_succeeded')
  @Redirect(PAGES.console, 303)
  async signInByPassword(
    @Body() input: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    void reply.header('set-cookie', await this.signIn.byPassword(input, request.headers.origin));
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
}
