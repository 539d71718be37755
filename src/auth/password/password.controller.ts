import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { TokenIssuer } from '../tokens/token-issuer.service';
import { TokenResponseDto } from '../tokens/token-response.dto';
import { LoginDto } from './login.dto';
import { PasswordLoginService } from './password-login.service';

@ApiTags('Signing in')
@Controller('v1/auth')
export class PasswordController {
  constructor(
    private readonly logins: PasswordLoginService,
    private readonly tokens: TokenIssuer,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public()
  @Audited('auth.login_succeeded')
  @ApiOperation({ summary: 'Sign in with email and password' })
  @ApiOkResponse({ type: TokenResponseDto })
  login(@Body() input: LoginDto): Promise<TokenResponseDto> {
    return this.logins.login(input, (grant) => this.tokens.signIn(grant));
  }
}
