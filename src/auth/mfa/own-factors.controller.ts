import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { Caller, OutsideTransaction, SignedIn } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { IdParam } from '../../http/uuid-param';
import { answerOf, FactorAnswerDto } from '../factors/answer.dto';
import { FactorsService } from '../factors/factors.service';
import {
  AddedFactorDto,
  AddFactorDto,
  ConfirmedFactorDto,
  FactorDto,
  FactorsDto,
  RecoveryCodesDto,
} from './own-factors.dto';
import { OwnFactors } from './own-factors.service';

const STALE = {
  description: '`reauthentication_required`: signed in longer ago than session.freshSeconds of the policy',
};

/** A person's own second factors in the workspace they are in. */
@ApiTags('Second factors')
@Controller('v1/auth/factors')
export class OwnFactorsController {
  constructor(
    private readonly own: OwnFactors,
    private readonly factors: FactorsService,
  ) {}

  @Post()
  @SignedIn()
  @Audited('auth.factor_enrolment_begun')
  @ApiOperation({ summary: 'Begin to set up a second factor; it counts once confirmed' })
  @ApiCreatedResponse({ type: AddedFactorDto })
  @ApiUnauthorizedResponse(STALE)
  @ApiConflictResponse({ description: '`factor_unavailable`, `factor_not_allowed`, `too_many_factors`' })
  async add(@Caller() caller: UserPrincipal, @Body() input: AddFactorDto): Promise<AddedFactorDto> {
    const name = input.name ?? null;
    return AddedFactorDto.of(await this.own.add(caller, input.type, name), name);
  }

  @Post('recovery-codes')
  @HttpCode(200)
  @SignedIn()
  @Audited('auth.recovery_codes_replaced')
  @ApiOperation({ summary: 'Ten new recovery codes; the old ones end' })
  @ApiOkResponse({ type: RecoveryCodesDto })
  @ApiUnauthorizedResponse(STALE)
  @ApiConflictResponse({ description: '`no_factor`: there is nothing they would stand in for' })
  async replaceRecoveryCodes(@Caller() caller: UserPrincipal): Promise<RecoveryCodesDto> {
    return { recoveryCodes: await this.own.replaceRecoveryCodes(caller) };
  }

  @Post(':id/confirm')
  @HttpCode(200)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_enrolled')
  @ApiOperation({ summary: 'Prove with a first answer that the factor works' })
  @ApiOkResponse({ type: ConfirmedFactorDto })
  @ApiBadRequestResponse({ description: '`invalid_code`, `invalid_passkey`' })
  @ApiConflictResponse({ description: '`factor_confirmed`' })
  async confirm(
    @Caller() caller: UserPrincipal,
    @IdParam('Factor') id: string,
    @Body() answer: FactorAnswerDto,
  ): Promise<ConfirmedFactorDto> {
    const { factor, recoveryCodes } = await this.own.confirm(caller, id, answerOf(answer));
    return { ...FactorDto.of(factor), ...(recoveryCodes ? { recoveryCodes } : {}) };
  }

  @Get()
  @SignedIn()
  @ApiOperation({ summary: 'Your second factors, oldest first; `recovery` stands for your recovery codes' })
  @ApiOkResponse({ type: FactorsDto })
  async list(@Caller() caller: UserPrincipal): Promise<FactorsDto> {
    return { data: (await this.factors.list(caller.memberId)).map(FactorDto.of), nextCursor: null };
  }

  @Delete(':id')
  @HttpCode(204)
  @SignedIn()
  @Audited('auth.factor_removed')
  @ApiOperation({ summary: 'Remove a second factor; with the last one, the recovery codes too' })
  @ApiNoContentResponse()
  @ApiUnauthorizedResponse(STALE)
  @ApiConflictResponse({ description: '`break_glass_depends_on_it`' })
  remove(@Caller() caller: UserPrincipal, @IdParam('Factor') id: string): Promise<void> {
    return this.own.remove(caller, id);
  }
}
