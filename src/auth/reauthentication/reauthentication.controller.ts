import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Caller, OutsideTransaction, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited, NotAudited } from '../../audit/audited';
import { DoneAnew } from '../../audit/only-once';
import { SmsSender } from '../factors/sms/sms-sender.service';
import { RequestOptionsDto } from '../mfa/mfa.dto';
import { SentCodeDto } from '../mfa/set-up.dto';
import {
  ReauthenticatedDto,
  ReauthenticateDto,
  ReauthenticationFactorIdDto,
  ReauthenticationWaysDto,
} from './reauthentication.dto';
import { Reauthentication } from './reauthentication.service';

/** Step-up: sensitive calls want somebody who proved a moment ago who they are (RFC 9470). */
@ApiTags('Signing in')
@Controller('v1/auth/reauthenticate')
export class ReauthenticationController {
  constructor(
    private readonly reauthentication: Reauthentication,
    private readonly sender: SmsSender,
  ) {}

  @Get()
  @SignedIn()
  @ApiOperation({ summary: 'How you can prove again who you are, within this session' })
  @ApiOkResponse({ type: ReauthenticationWaysDto })
  ways(@Caller() caller: UserPrincipal): Promise<ReauthenticationWaysDto> {
    return this.reauthentication.waysOf(caller);
  }

  @Post('options')
  @HttpCode(200)
  @SignedIn()
  @DoneAnew('Each challenge is answered once.')
  @NotAudited('A challenge for an authenticator; the answer to it is recorded.')
  @ApiOperation({ summary: 'What the browser needs to answer with a passkey or security key' })
  @ApiOkResponse({ type: RequestOptionsDto })
  async options(
    @Caller() caller: UserPrincipal,
    @Body() { factorId }: ReauthenticationFactorIdDto,
  ): Promise<RequestOptionsDto> {
    return { options: await this.reauthentication.requestOptions(caller, factorId) };
  }

  @Post('send')
  @HttpCode(200)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_code_sent')
  @ApiOperation({ summary: 'Text a code to a phone of yours; the one sent before is dead' })
  @ApiOkResponse({ type: SentCodeDto })
  async send(
    @Caller() { workspaceId, memberId, sessionId }: UserPrincipal,
    @Body() { factorId }: ReauthenticationFactorIdDto,
  ): Promise<SentCodeDto> {
    const occasion = { purpose: 'reauthentication', id: sessionId } as const;
    return SentCodeDto.of(await this.sender.send(workspaceId, memberId, factorId.toLowerCase(), occasion));
  }

  @Post()
  @HttpCode(200)
  @SignedIn()
  @OutsideTransaction()
  @DoneAnew('A proof counts at the moment it is given.')
  @Audited('auth.reauthenticated')
  @ApiOperation({ summary: 'Prove again who you are; sensitive calls of this session work from then on' })
  @ApiOkResponse({ type: ReauthenticatedDto })
  @ApiBadRequestResponse({
    description: '`invalid_credentials`, `invalid_code`, `invalid_passkey`: the session stays as it was',
  })
  @ApiForbiddenResponse({
    description:
      '`sso_required`: at your identity provider, by loginUrl; `mfa_required`: with a second factor',
  })
  @ApiTooManyRequestsResponse({ description: '`rate_limited`, with Retry-After' })
  reauthenticate(
    @Caller() caller: UserPrincipal,
    @Body() proof: ReauthenticateDto,
    @Req() request: FastifyRequest,
  ): Promise<ReauthenticatedDto> {
    // A browser that holds the session as a cookie gets no token: scripts could read it.
    const asCookie = request.headers.authorization === undefined;
    return this.reauthentication.prove(caller, proof, asCookie);
  }
}
