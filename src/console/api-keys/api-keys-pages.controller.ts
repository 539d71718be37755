import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DAY_MS } from '../../config/durations';
import { Caller, RequireFreshAuthentication, RequirePermission } from '../../access/declarations';
import { requireFreshAuthentication } from '../../access/fresh-authentication';
import type { UserPrincipal } from '../../access/principal';
import { ApiKeysService } from '../../api-keys/api-keys.service';
import { Audited } from '../../audit/audited';
import { SECTIONS } from '../../auth/pages/sections';
import type { HtmlPage } from '../../http/html-page';
import { IdParam } from '../../http/uuid-param';
import { rateOf } from '../rate-of';
import { backTo, type Onward, ShowsPage } from '../shows-page';
import {
  ApiKeyDeedDto,
  ApiKeyRotationFormDto,
  ApiKeysPageQuery,
  NewApiKeyFormDto,
} from './api-keys-forms.dto';
import { apiKeysPage } from './api-keys-pages';
import { scopesIn } from './scopes-in';

const { path } = SECTIONS.apiKeys;
/** API keys, for people with a browser. What it does, the calls below /v1 do as well. */
@ApiExcludeController()
@Controller(path)
export class ApiKeysPagesController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Get()
  @RequirePermission('api_keys:read')
  @ShowsPage()
  show(@Caller() caller: UserPrincipal, @Query() { done, ...page }: ApiKeysPageQuery): Promise<HtmlPage> {
    return this.page(caller, page, { done });
  }

  @Post()
  @RequirePermission('api_keys:write')
  @RequireFreshAuthentication()
  @Audited('api_key.created')
  @ShowsPage()
  async create(@Caller() caller: UserPrincipal, @Body() form: NewApiKeyFormDto): Promise<HtmlPage> {
    const { name, days, allowedIps } = form;
    const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS);
    const terms = { name, scopes: scopesIn(form, caller), expiresAt, allowedIps, rateLimit: rateOf(form) };
    const { text } = await this.apiKeys.create(caller, terms);
    return this.page(caller, new ApiKeysPageQuery(), { made: text });
  }

  @Post(':id')
  @Redirect(path, 303)
  @RequirePermission('api_keys:write')
  @Audited('api_key.revoked', 'api_key.adopted')
  async change(
    @Caller() caller: UserPrincipal,
    @IdParam('API key') id: string,
    @Body() { how }: ApiKeyDeedDto,
  ): Promise<Onward> {
    if (how === 'adopt') {
      requireFreshAuthentication(caller);
      await this.apiKeys.adopt(caller, id);
    } else await this.apiKeys.revoke(id);
    return backTo(path, how === 'adopt' ? 'adopted' : 'revoked');
  }

  @Post(':id/rotate')
  @RequirePermission('api_keys:write')
  @RequireFreshAuthentication()
  @Audited('api_key.rotated')
  @ShowsPage()
  async rotate(
    @Caller() caller: UserPrincipal,
    @IdParam('API key') id: string,
    @Body() { overlap }: ApiKeyRotationFormDto,
  ): Promise<HtmlPage> {
    const { text } = await this.apiKeys.rotate(caller, id, Number(overlap));
    return this.page(caller, new ApiKeysPageQuery(), { made: text });
  }

  private async page(
    caller: UserPrincipal,
    { limit, cursor, show }: ApiKeysPageQuery,
    just: { readonly done?: string | undefined; readonly made?: string },
  ): Promise<HtmlPage> {
    const { keys, nextCursor } = await this.apiKeys.list({
      limit,
      status: show ?? 'active',
      ...(cursor && { cursor }),
    });
    return apiKeysPage(caller, { keys, expired: show === 'expired', next: nextCursor, ...just });
  }
}
