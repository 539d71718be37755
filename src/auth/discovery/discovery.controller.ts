import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Public } from '../../access/declarations';
import { NotAudited } from '../../audit/audited';
import { DiscoverDto, type Discovery, PasswordMethodDto, SsoMethodDto } from './discovery.dto';
import { DiscoveryService } from './discovery.service';
import { RateLimited } from '../../rate-limits/rate-limited';

@ApiTags('Signing in')
@ApiExtraModels(PasswordMethodDto, SsoMethodDto)
@Controller('v1/auth')
export class DiscoveryController {
  constructor(private readonly discovery: DiscoveryService) {}

  @Post('discover')
  @HttpCode(200)
  @Public()
  @RateLimited('sign-in')
  @NotAudited('It reads and changes nothing.')
  @ApiOperation({ summary: 'Where somebody with this address signs in, whether or not they have an account' })
  @ApiOkResponse({
    schema: { oneOf: [{ $ref: getSchemaPath(PasswordMethodDto) }, { $ref: getSchemaPath(SsoMethodDto) }] },
  })
  discover(@Body() { email }: DiscoverDto): Promise<Discovery> {
    return this.discovery.discover(email);
  }
}
