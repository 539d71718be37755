import { Controller, Get } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { AnyCredential, Caller, OutsideTransaction } from '../../access/declarations';
import type { ApiKeyPrincipal, UserPrincipal } from '../../access/principal';
import { ApiKeyInUseDto, SignedInDto } from './me.dto';

@ApiTags('Signing in')
@ApiExtraModels(SignedInDto, ApiKeyInUseDto)
@Controller('v1/auth')
export class MeController {
  /** Everything it answers was read when the credential was recognised: it asks the database nothing more. */
  @Get('me')
  @AnyCredential()
  @OutsideTransaction()
  @ApiOperation({ summary: 'Who you are, where, and what you may do, at this moment' })
  @ApiOkResponse({
    schema: { oneOf: [{ $ref: getSchemaPath(SignedInDto) }, { $ref: getSchemaPath(ApiKeyInUseDto) }] },
  })
  me(@Caller() caller: UserPrincipal | ApiKeyPrincipal): SignedInDto | ApiKeyInUseDto {
    return caller.kind === 'user' ? SignedInDto.of(caller) : ApiKeyInUseDto.of(caller);
  }
}
