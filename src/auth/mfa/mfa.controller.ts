import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { Public } from '../../access/declarations';
import { Audited, NotAudited } from '../../audit/audited';
import { RateLimited } from '../../rate-limits/rate-limited';
import { answerOf } from '../factors/answer.dto';
import { TokenIssuer } from '../tokens/token-issuer.service';
import { TokenResponseDto } from '../tokens/token-response.dto';
import {
  ChosenFactorDto,
  EnrollFactorDto,
  EnrollingFactorDto,
  MfaTokenDto,
  MfaTokenResponseDto,
  RequestOptionsDto,
  VerifyFactorDto,
} from './mfa.dto';
import { refuseBrowserSignIn } from './finished-login';
import { MfaLogin } from './mfa-login.service';
import { SentCodeDto, setUpOf } from './set-up.dto';

/** The second step of a sign-in. */
@ApiTags('Signing in')
@Controller('v1/auth/mfa')
export class MfaController {
  constructor(
    private readonly logins: MfaLogin,
    private readonly tokens: TokenIssuer,
  ) {}

  @Post('options')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @NotAudited('A challenge for an authenticator; the answer to it is recorded.')
  @ApiOperation({ summary: 'What the browser needs to answer with a passkey or security key' })
  @ApiOkResponse({ type: RequestOptionsDto })
  @ApiUnauthorizedResponse({ description: '`invalid_mfa_token`' })
  @ApiConflictResponse({ description: '`factor_takes_codes`' })
  async options(@Body() { mfaToken, factorId }: ChosenFactorDto): Promise<RequestOptionsDto> {
    return { options: await this.logins.options(mfaToken, factorId) };
  }

  @Post('verify')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded')
  @ApiOperation({ summary: 'Finish a sign-in with the answer of a second factor; each answer works once' })
  @ApiOkResponse({ type: MfaTokenResponseDto })
  @ApiUnauthorizedResponse({ description: '`invalid_mfa_token`, `invalid_code`, `invalid_passkey`' })
  @ApiForbiddenResponse({ description: '`sso_required`, `member_removed`, `finish_in_browser`' })
  @ApiTooManyRequestsResponse({ description: '`rate_limited`, with Retry-After' })
  async verify(@Body() input: VerifyFactorDto): Promise<MfaTokenResponseDto> {
    const { mfaToken, factorId } = input;
    const step = { mfaToken, factorId, answer: answerOf(input) };
    const { opened, recoveryCodes } = await this.logins.verify(step, (grant, back) => {
      refuseBrowserSignIn(back);
      return this.tokens.signIn(grant);
    });
    return recoveryCodes ? { ...opened, recoveryCodes } : opened;
  }

  @Post('send')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.factor_code_sent')
  @ApiOperation({ summary: 'Text a code to a phone; the one sent before is dead' })
  @ApiOkResponse({ type: SentCodeDto })
  @ApiUnauthorizedResponse({ description: '`invalid_mfa_token`' })
  @ApiConflictResponse({ description: '`factor_takes_no_messages`' })
  @ApiTooManyRequestsResponse({ description: '`rate_limited`, with Retry-After' })
  async send(@Body() { mfaToken, factorId }: ChosenFactorDto): Promise<SentCodeDto> {
    return SentCodeDto.of(await this.logins.send(mfaToken, factorId));
  }

  @Post('skip')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded')
  @ApiOperation({ summary: 'Put off setting up a second factor, as long as the workspace lets people' })
  @ApiOkResponse({ type: TokenResponseDto })
  @ApiUnauthorizedResponse({ description: '`invalid_mfa_token`' })
  @ApiForbiddenResponse({ description: '`mfa_required`: it cannot be put off any more' })
  skip(@Body() { mfaToken }: MfaTokenDto): Promise<TokenResponseDto> {
    return this.logins.skip(mfaToken, (grant, back) => {
      refuseBrowserSignIn(back);
      return this.tokens.signIn(grant);
    });
  }

  @Post('enroll')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.factor_enrolment_begun')
  @ApiOperation({ summary: 'Set up the second factor that a sign-in asks for; verify confirms it' })
  @ApiOkResponse({ type: EnrollingFactorDto })
  @ApiUnauthorizedResponse({ description: '`invalid_mfa_token`' })
  @ApiConflictResponse({ description: '`factor_exists`: sign in with it; `factor_not_allowed`' })
  async enroll(@Body() { mfaToken, type = 'totp', phone }: EnrollFactorDto): Promise<EnrollingFactorDto> {
    const enrolment = await this.logins.enroll(mfaToken, { type, name: null, phone });
    return { factorId: enrolment.id, ...setUpOf(enrolment) };
  }
}
