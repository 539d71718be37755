import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { Public } from '../../access/declarations';
import { Audited, NotAudited } from '../../audit/audited';
import { RateLimited } from '../../rate-limits/rate-limited';
import { RequestOptionsDto } from '../mfa/mfa.dto';
import { TokenIssuer } from '../tokens/token-issuer.service';
import { TokenResponseDto } from '../tokens/token-response.dto';
import { PasskeyLogin } from './passkey-login.service';
import { PasskeyLoginDto } from './passkeys.dto';

/** Signing in with a passkey alone: what the person holds, unlocked by who they are or what they know. */
@ApiTags('Signing in')
@Controller('v1/auth/passkey')
export class PasskeysController {
  constructor(
    private readonly logins: PasskeyLogin,
    private readonly tokens: TokenIssuer,
  ) {}

  @Post('options')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @NotAudited('A challenge that is the same for everybody; the answer to it is recorded.')
  @ApiOperation({ summary: 'What the browser needs to let somebody pick a passkey' })
  @ApiOkResponse({ type: RequestOptionsDto })
  async options(): Promise<RequestOptionsDto> {
    return { options: await this.logins.options() };
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded')
  @ApiOperation({ summary: 'Sign in with a passkey; it leads to the workspace that it was made for' })
  @ApiOkResponse({ type: TokenResponseDto })
  @ApiUnauthorizedResponse({ description: '`invalid_passkey`, whatever is wrong' })
  @ApiForbiddenResponse({ description: '`sso_required`, `factor_not_allowed`' })
  login(@Body() input: PasskeyLoginDto): Promise<TokenResponseDto> {
    return this.logins.login(input, (grant) => this.tokens.signIn(grant));
  }
}
