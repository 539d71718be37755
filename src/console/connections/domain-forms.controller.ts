import { Body, Controller, Post, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Caller, OutsideTransaction, RequirePermission, WithoutFeature } from '../../access/declarations';
import type { UserPrincipal } from '../../access/principal';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import { DomainVerificationService } from '../../domains/domain-verification.service';
import { DomainsService } from '../../domains/domains.service';
import { IdParam } from '../../http/uuid-param';
import { backTo, type Onward } from '../shows-page';
import { NewDomainFormDto } from './connections-forms.dto';

const { path } = SECTIONS.connections;

/** What the forms about domains do; the calls below /v1 do as much. */
@ApiExcludeController()
@Controller(`${path}/domains`)
export class DomainFormsController {
  constructor(
    private readonly domains: DomainsService,
    private readonly verification: DomainVerificationService,
  ) {}

  @Post()
  @Redirect(path, 303)
  @RequirePermission('sso:write')
  @Audited('domain.added')
  async add(@Body() { domain }: NewDomainFormDto): Promise<Onward> {
    await this.domains.add(domain);
    return backTo(path, 'added');
  }

  @Post(':id/verify')
  @Redirect(path, 303)
  @OutsideTransaction()
  @RequirePermission('sso:write')
  @Audited('domain.verified')
  async verify(@Caller() caller: UserPrincipal, @IdParam('Domain') id: string): Promise<Onward> {
    await this.verification.verify(caller.workspaceId, id);
    return backTo(path, 'verified');
  }

  @Post(':id/delete')
  @Redirect(path, 303)
  @WithoutFeature()
  @RequirePermission('sso:write')
  @Audited('domain.removed')
  async remove(@IdParam('Domain') id: string): Promise<Onward> {
    await this.domains.remove(id);
    return backTo(path, 'removed');
  }
}
