import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNoContentResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import {
  Caller,
  OutsideTransaction,
  Public,
  RequirePermission,
  RequireScope,
  SignedIn,
} from '../../../access/declarations';
import type { UserPrincipal } from '../../../access/principal';
import { Audited, NotAudited } from '../../../audit/audited';
import { IdParam } from '../../../http/uuid-param';
import { RateLimited } from '../../../rate-limits/rate-limited';
import { ForgottenPasswords } from './forgotten-passwords.service';
import { ChangePasswordDto, ForgotPasswordDto, ResetPasswordDto } from './password-change.dto';
import { ChangeOfPassword } from './password-change.service';
import { PasswordReset } from './password-reset.service';
import { StartedResets } from './started-resets.service';

const REFUSALS =
  '`password_too_short`, `password_too_long`, `password_breached`, `password_contains_context`';

@ApiTags('Signing in')
@Controller('v1/auth/password')
export class PasswordChangeController {
  constructor(
    private readonly changes: ChangeOfPassword,
    private readonly forgotten: ForgottenPasswords,
    private readonly resets: PasswordReset,
  ) {}

  @Post('change')
  @HttpCode(204)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.password_changed')
  @ApiOperation({ summary: 'Choose another password; all other sessions end' })
  @ApiNoContentResponse()
  @ApiBadRequestResponse({ description: REFUSALS })
  @ApiUnauthorizedResponse({ description: '`invalid_credentials`: that is not the current password' })
  @ApiConflictResponse({ description: '`no_password`: ask for a link by mail' })
  @ApiTooManyRequestsResponse({ description: '`rate_limited`, with Retry-After' })
  change(
    @Caller() caller: UserPrincipal,
    @Body() { currentPassword, newPassword }: ChangePasswordDto,
  ): Promise<void> {
    return this.changes.change(caller, currentPassword, newPassword);
  }

  @Post('forgot')
  @HttpCode(202)
  @Public()
  @RateLimited('mail')
  @NotAudited('It answers before it knows of whom; a link is on record when it is made.')
  @ApiOperation({ summary: 'Ask for a link by mail; the answer is the same for addresses that nobody has' })
  @ApiAcceptedResponse()
  forgot(@Body() { email, workspace }: ForgotPasswordDto): void {
    this.forgotten.request({ email, workspace });
  }

  @Post('reset')
  @HttpCode(204)
  @Public()
  @RateLimited('sign-in')
  @Audited('auth.password_reset')
  @ApiOperation({ summary: 'Choose a password with the link from the mail; all sessions end. Then sign in' })
  @ApiNoContentResponse()
  @ApiBadRequestResponse({ description: `\`reset_link_invalid\`, ${REFUSALS}` })
  @ApiForbiddenResponse({ description: '`sso_required`' })
  reset(@Body() { token, password }: ResetPasswordDto): Promise<void> {
    return this.resets.reset(token, password);
  }
}

@ApiTags('Members')
@Controller('v1/members')
export class StartedResetsController {
  constructor(private readonly resets: StartedResets) {}

  @Post(':id/password-reset')
  @HttpCode(202)
  @RequirePermission('members:write')
  @RequireScope('members:write')
  @Audited('auth.password_reset_requested')
  @ApiOperation({ summary: 'Mail a member a link to choose another password; the old one stays until then' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiAcceptedResponse()
  @ApiConflictResponse({ description: '`member_removed`, `password_unusable`' })
  start(@IdParam('Member') id: string): Promise<void> {
    return this.resets.start(id);
  }
}
