import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { SecondFactorAskedDto } from '../mfa/second-factor-asked.dto';
import { TokenIssuer } from '../tokens/token-issuer.service';
import { TokenResponseDto } from '../tokens/token-response.dto';
import { LoginDto } from './login.dto';
import { PasswordLoginService } from './password-login.service';
import { RateLimited } from '../../rate-limits/rate-limited';

@ApiTags('Signing in')
@ApiExtraModels(TokenResponseDto, SecondFactorAskedDto)
@Controller('v1/auth')
export class PasswordController {
  constructor(
    private readonly logins: PasswordLoginService,
    private readonly tokens: TokenIssuer,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.login_succeeded', 'auth.second_factor_asked')
  @ApiOperation({
    summary: 'Sign in with email and password; "status" says whether a second factor is needed',
  })
  @ApiOkResponse({
    schema: {
      oneOf: [{ $ref: getSchemaPath(TokenResponseDto) }, { $ref: getSchemaPath(SecondFactorAskedDto) }],
    },
  })
  @ApiUnauthorizedResponse({ description: '`invalid_credentials`' })
  @ApiForbiddenResponse({ description: '`sso_required`' })
  login(@Body() input: LoginDto): Promise<TokenResponseDto | SecondFactorAskedDto> {
    return this.logins.login(input, (grant) => this.tokens.signIn(grant));
  }
}
