import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Caller, OutsideTransaction, Public, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { DoneAnew } from '../../audit/only-once';
import { CodeExchangeService } from '../browser/code-exchange.service';
import { WorkspaceSwitch } from '../sessions/workspace-switch.service';
import { RefreshService } from './refresh.service';
import { TokenResponseDto } from './token-response.dto';
import { ExchangeCodeDto, RefreshDto, SwitchWorkspaceDto } from './tokens.dto';

/** The ways to tokens that do not need a password. */
@ApiTags('Signing in')
@Controller('v1/auth')
export class TokensController {
  constructor(
    private readonly codes: CodeExchangeService,
    private readonly refreshing: RefreshService,
    private readonly switching: WorkspaceSwitch,
  ) {}

  @Post('token')
  @HttpCode(200)
  @Public()
  @Audited('auth.login_succeeded')
  @ApiOperation({ summary: 'Exchange the one-time code of a browser sign-in for tokens' })
  @ApiOkResponse({ type: TokenResponseDto })
  @ApiBadRequestResponse({
    description: '`invalid_code`, `code_verifier_required`, `invalid_code_verifier`',
  })
  @ApiForbiddenResponse({
    description: '`member_removed`, `sso_required`, `mfa_required`: what decides has changed since',
  })
  token(@Body() { code, codeVerifier }: ExchangeCodeDto): Promise<TokenResponseDto> {
    return this.codes.exchange(code, codeVerifier);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @NotAudited('It continues a session whose sign-in stands in the log; a reused token is recorded.')
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens; each one works once' })
  @ApiOkResponse({ type: TokenResponseDto })
  @ApiUnauthorizedResponse({ description: '`refresh_reused` (the session has ended), `invalid_token`' })
  refresh(@Body() { refreshToken }: RefreshDto): Promise<TokenResponseDto> {
    return this.refreshing.refresh(refreshToken);
  }

  @Post('switch')
  @HttpCode(200)
  @SignedIn()
  @OutsideTransaction()
  @DoneAnew('Tokens are kept nowhere; each call opens a session of its own.')
  @Audited('auth.workspace_switched')
  @ApiOperation({ summary: 'Tokens for another workspace of yours' })
  @ApiOkResponse({ type: TokenResponseDto })
  @ApiForbiddenResponse({ description: '`reauthentication_required`, `sso_required`' })
  @ApiNotFoundResponse({ description: 'Unknown, or not yours' })
  switch(
    @Caller() caller: UserPrincipal,
    @Body() { workspace }: SwitchWorkspaceDto,
    @Req() { headers }: FastifyRequest,
  ): Promise<TokenResponseDto> {
    // A browser that holds the session as a cookie gets no tokens: scripts could read them.
    const asCookie = headers.authorization === undefined;
    return this.switching.switch(caller, workspace, asCookie);
  }
}
