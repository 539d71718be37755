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
import { Audited } from '../../audit/audited';
import { TokenIssuer } from '../tokens/token-issuer.service';
import { EnrollFactorDto, EnrollingFactorDto, MfaTokenResponseDto, VerifyFactorDto } from './mfa.dto';
import { MfaLogin } from './mfa-login.service';

/** The second step of signing in with a password. */
@ApiTags('Signing in')
@Controller('v1/auth/mfa')
export class MfaController {
  constructor(
    private readonly logins: MfaLogin,
    private readonly tokens: TokenIssuer,
  ) {}

  @Post('verify')
  @HttpCode(200)
  @Public()
  @Audited('auth.login_succeeded')
  @ApiOperation({ summary: 'Finish a sign-in with a code of a second factor; each code works once' })
  @ApiOkResponse({ type: MfaTokenResponseDto })
  @ApiUnauthorizedResponse({ description: '`invalid_mfa_token`, `invalid_code`' })
  @ApiForbiddenResponse({ description: '`sso_required`, `member_removed`' })
  @ApiTooManyRequestsResponse({ description: '`rate_limited`, with Retry-After' })
  async verify(@Body() input: VerifyFactorDto): Promise<MfaTokenResponseDto> {
    const { opened, recoveryCodes } = await this.logins.verify(input, (grant) => this.tokens.signIn(grant));
    return recoveryCodes ? { ...opened, recoveryCodes } : opened;
  }

  @Post('enroll')
  @HttpCode(200)
  @Public()
  @Audited('auth.factor_enrolment_begun')
  @ApiOperation({ summary: 'Set up the second factor that a sign-in asks for; verify confirms it' })
  @ApiOkResponse({ type: EnrollingFactorDto })
  @ApiUnauthorizedResponse({ description: '`invalid_mfa_token`' })
  @ApiConflictResponse({ description: '`factor_exists`: sign in with it; `factor_not_allowed`' })
  enroll(@Body() { mfaToken }: EnrollFactorDto): Promise<EnrollingFactorDto> {
    return this.logins.enroll(mfaToken);
  }
}
