import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../access/declarations';
import { Audited } from '../../audit/audited';
import { AcceptedInvitationDto, AcceptInvitationDto } from './accept-invitation.dto';
import { AcceptInvitationService } from './accept-invitation.service';
import { Visitor } from './visitor.service';
import { RateLimited } from '../../rate-limits/rate-limited';

@ApiTags('Invitations')
@Controller('v1/invitations')
export class AcceptInvitationController {
  constructor(
    private readonly invitations: AcceptInvitationService,
    private readonly visitor: Visitor,
  ) {}

  @Post('accept')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @Audited('workspace.member_joined')
  @ApiOperation({ summary: 'Accept an invitation; then sign in' })
  @ApiOkResponse({ type: AcceptedInvitationDto })
  @ApiBadRequestResponse({
    description:
      '`invitation_invalid`, `password_too_short`, `password_breached`, `password_contains_context`, or a password is missing',
  })
  @ApiConflictResponse({
    description:
      '`invitation_accepted`, `invitation_revoked`, `invitation_expired`, `already_member`, `address_of_another`, ' +
      '`password_already_set`, `signed_in_as_other`',
  })
  @ApiForbiddenResponse({ description: '`sso_required`: leave the password out' })
  async accept(
    @Body() input: AcceptInvitationDto,
    @Req() request: FastifyRequest,
  ): Promise<AcceptedInvitationDto> {
    return AcceptedInvitationDto.of(await this.invitations.accept(input, await this.visitor.of(request)));
  }
}
