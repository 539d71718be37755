import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
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
import { pageOfAll, PageQuery } from '../../http/page';
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
  RenameFactorDto,
} from './own-factors.dto';
import { OwnEnrolment } from './own-enrolment.service';
import { OwnFactors } from './own-factors.service';
import { SentCodeDto } from './set-up.dto';

const STALE = {
  description: '`reauthentication_required`: signed in longer ago than session.freshSeconds of the policy',
};

/** A person's own second factors in the workspace they are in. */
@ApiTags('Second factors')
@Controller('v1/auth/factors')
export class OwnFactorsController {
  constructor(
    private readonly own: OwnFactors,
    private readonly enrolment: OwnEnrolment,
    private readonly factors: FactorsService,
  ) {}

  @Post()
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_enrolment_begun')
  @ApiOperation({ summary: 'Begin to set up a second factor; it counts once confirmed' })
  @ApiCreatedResponse({ type: AddedFactorDto })
  @ApiUnauthorizedResponse(STALE)
  @ApiConflictResponse({ description: '`factor_not_allowed`, `too_many_factors`' })
  async add(@Caller() caller: UserPrincipal, @Body() input: AddFactorDto): Promise<AddedFactorDto> {
    const { type, name = null, phone } = input;
    return AddedFactorDto.of(await this.enrolment.add(caller, { type, name, phone }), name);
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
  @ApiConflictResponse({ description: '`factor_confirmed`, or `factor_not_allowed` by now' })
  async confirm(
    @Caller() caller: UserPrincipal,
    @IdParam('Factor') id: string,
    @Body() answer: FactorAnswerDto,
  ): Promise<ConfirmedFactorDto> {
    const { factor, recoveryCodes } = await this.enrolment.confirm(caller, id, answerOf(answer));
    return { ...FactorDto.of(factor), ...(recoveryCodes ? { recoveryCodes } : {}) };
  }

  @Post(':id/send')
  @HttpCode(200)
  @SignedIn()
  @OutsideTransaction()
  @Audited('auth.factor_code_sent')
  @ApiOperation({ summary: 'Text another code to a phone that is still to be confirmed' })
  @ApiOkResponse({ type: SentCodeDto })
  @ApiConflictResponse({
    description: '`factor_takes_no_messages`, `factor_confirmed`, or `factor_not_allowed` by now',
  })
  async sendAgain(@Caller() caller: UserPrincipal, @IdParam('Factor') id: string): Promise<SentCodeDto> {
    return SentCodeDto.of(await this.enrolment.sendAgain(caller, id));
  }

  @Patch(':id')
  @SignedIn()
  @Audited('auth.factor_renamed')
  @ApiOperation({ summary: 'Give a second factor another name' })
  @ApiOkResponse({ type: FactorDto })
  @ApiUnauthorizedResponse(STALE)
  async rename(
    @Caller() caller: UserPrincipal,
    @IdParam('Factor') id: string,
    @Body() { name }: RenameFactorDto,
  ): Promise<FactorDto> {
    return FactorDto.of(await this.own.rename(caller, id, name));
  }

  @Get()
  @SignedIn()
  @ApiOperation({ summary: 'Your second factors, oldest first; "recovery" stands for your recovery codes' })
  @ApiOkResponse({ type: FactorsDto })
  async list(@Caller() caller: UserPrincipal, @Query() query: PageQuery): Promise<FactorsDto> {
    return pageOfAll((await this.factors.list(caller.memberId)).map(FactorDto.of), query);
  }

  @Delete(':id')
  @HttpCode(204)
  @SignedIn()
  @Audited('auth.factor_removed')
  @ApiOperation({ summary: 'Remove a second factor; with the last one, the recovery codes too' })
  @ApiNoContentResponse()
  @ApiUnauthorizedResponse(STALE)
  @ApiConflictResponse({ description: '`factor_required`, `break_glass_depends_on_it`' })
  remove(@Caller() caller: UserPrincipal, @IdParam('Factor') id: string): Promise<void> {
    return this.own.remove(caller, id);
  }
}
